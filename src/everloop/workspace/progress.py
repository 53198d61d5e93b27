"""Lines that tell how long work goes."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


def told_where_watched(line: str) -> None:
    """A line on standard error, where a person watches it."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)
