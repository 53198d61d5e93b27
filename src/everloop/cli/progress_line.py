"""One line on a terminal that is written anew; where nobody watches, nothing."""

import shutil
import sys

from everloop.cli.show import printable


class ProgressLine:
    """On standard error. `clear` it before another line is printed."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()
        self._is_there = False

    def show(self, text: str) -> None:
        """Put this in the place of what was shown."""
        if self._is_watched:
            width = max(20, shutil.get_terminal_size().columns - 1)
            sys.stderr.write(f"\r\x1b[K{printable(text)[:width]}")
            sys.stderr.flush()
            self._is_there = True

    def clear(self) -> None:
        """Take it away."""
        if self._is_there:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_there = False
