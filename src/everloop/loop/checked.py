"""What a declaration may hold, checked on the line that makes it."""

from math import isfinite

from everloop.errors import InvalidRequest


def number(given: object, name: str, *, above: float | None = None) -> float:
    """A finite number, above `above` if that is given; raises InvalidRequest, which names the argument."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not _fits(given, above):
        more = "" if above is None else f" above {above:g}"
        raise InvalidRequest(f"{name}={given!r}: it is a number{more}.")
    return float(given)


def _fits(given: float, above: float | None) -> bool:
    return isfinite(given) and (above is None or given > above)


def metric_meant(name: object) -> str:
    """A metric's name, or an empty one: the task's own. Raises InvalidRequest, which names those there are."""
    if not isinstance(name, str):
        raise InvalidRequest(f"metric={name!r}: it is the name of a metric.", remedy='Write "accuracy".')
    if name:
        from everloop.evidence.metrics import (
            metric_named,
        )  # 0.1 s, which a declaration without one need not take

        metric_named(name)
    return name
