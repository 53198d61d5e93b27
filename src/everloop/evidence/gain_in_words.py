"""A gain with its interval, for people. Of two models, above 0 is better, in the metric's unit."""

from everloop.evidence.metrics import metric_named

SHARES = ("accuracy", "balanced_accuracy")  # told in percent, their differences in points


def gain_in_words(metric: str, value: float, low: float | None, high: float | None) -> str:
    """The gain; an end of the interval that is not known is left open.

    >>> gain_in_words("accuracy", 0.031, 0.012, 0.05)
    '+3.1 points [+1.2, +5.0]'
    >>> gain_in_words("mae", -1.5, -4.0, 1.0)
    'larger by 1.5 [-1, 4]'
    """
    if metric in SHARES:
        low, high = _points(low), _points(high)
        return f"{_points(value):+.1f} points {_interval(low, high, '+.1f')}"
    if metric_named(metric).higher_is_better:
        return f"{value:+.4g} {_interval(low, high, '+.4g')}"
    if value >= 0:
        return f"smaller by {value:.4g} {_interval(low, high, '.4g')}"
    low, high = (None if end is None else -end for end in (high, low))
    return f"larger by {-value:.4g} {_interval(low, high, '.4g')}"


def _points(share: float | None) -> float | None:
    """Of a hundred; what is shown as nothing has no sign of its own."""
    return None if share is None else round(100 * share, 1) + 0.0


def _interval(low: float | None, high: float | None, how: str) -> str:
    ends = ["" if each is None else f"{each:{how}}" for each in (low, high)]
    return f"[{', '.join(ends)}]"
