"""Times as people say them, with the exact one where the pointer rests."""

from datetime import datetime, timedelta

from everloop.web.html import Html, element


def ago(then: datetime, now: datetime) -> Html:
    """How long ago it was, or how soon it will be."""
    exact = f"{then:%Y-%m-%d %H:%M:%S} UTC"
    return element("time", in_words(then, now), datetime=then.isoformat(timespec="seconds"), title=exact)


def lasting(since: datetime, now: datetime) -> Html:
    """How long it has been so."""
    exact = f"since {since:%Y-%m-%d %H:%M:%S} UTC"
    length = max(timedelta(0), now - since)
    told = "less than a minute" if length < timedelta(minutes=1) else _length(length)
    return element("time", told, datetime=since.isoformat(timespec="seconds"), title=exact)


def in_words(then: datetime, now: datetime) -> str:
    """In its largest unit; below a minute it is now, so that a page does not change every second.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> in_words(now - timedelta(seconds=20), now), in_words(now - timedelta(minutes=90), now)
    ('just now', '1 h ago')
    >>> in_words(now + timedelta(days=3, hours=5), now)
    'in 3 days'
    """
    gap = then - now
    length = abs(gap)
    if length < timedelta(minutes=1):
        return "just now" if gap <= timedelta(0) else "in under a minute"
    told = _length(length)
    return f"in {told}" if gap > timedelta(0) else f"{told} ago"


def _length(length: timedelta) -> str:
    minutes = int(length / timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"
