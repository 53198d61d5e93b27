"""Lines that tell how long work goes."""

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

Progress = Callable[[str], None]

SHOWN = 6  # lines, in a notebook


def watched() -> Progress:
    """How one long call tells its lines: under the cell of a notebook, on a terminal's standard error, or not at all.

    Quiet where nobody watches, as in a script whose output goes to a file.
    """
    return NotebookProgress() if _in_notebook() else told_where_watched


def told_where_watched(line: str) -> None:
    """A line on standard error, where a person watches it."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


class NotebookProgress:
    """The newest lines and the seconds so far, as plain text that is written anew in its place."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lines: deque[str] = deque(maxlen=SHOWN)
        self._told = 0
        self._place: Any = None  # IPython has no types

    def __call__(self, line: str) -> None:
        """Tell one line."""
        self._lines.append(line)
        self._told += 1
        text = _Plain(self._text())
        if self._place is None:
            from IPython.display import display

            show: Any = display  # untyped
            self._place = show(text, display_id=True)
        else:
            self._place.update(text)

    def _text(self) -> str:
        more = [f"({self._told - SHOWN} lines before)"] if self._told > SHOWN else []
        return "\n".join([*more, *self._lines, f"{time.monotonic() - self._began:.0f} s"])


class _Plain:
    """Text that shows as itself, without quotation marks."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _in_notebook() -> bool:
    """Whether a notebook's kernel runs this. Nothing is imported to know it."""
    if "IPython" not in sys.modules:
        return False
    shell: Any = sys.modules["IPython"].get_ipython()
    return hasattr(shell, "kernel")
