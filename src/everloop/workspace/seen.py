"""What a handle shows of itself: read from the workspace, or why that cannot be read."""

from collections.abc import Callable

from everloop.errors import EverloopError
from everloop.shown.markup import Markup, facts


def seen(title: str, show: Callable[[], Markup]) -> str:
    """What `show` makes; a workspace that cannot be read is told, and raises nothing: a cell must not fail for it."""
    try:
        return show()
    except EverloopError as error:
        return facts(title, [("cannot be read", error.message), ("what to do", error.remedy)])
