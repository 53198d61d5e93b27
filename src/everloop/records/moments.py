"""Moments as people write them."""

import re
from datetime import UTC, date, datetime, time

from everloop.errors import InvalidRequest

EVER = datetime(1970, 1, 1, tzinfo=UTC)  # nothing was served before
WRITE = "Write a day, such as 2026-03-31, which means its end in UTC, or 2026-03-31T12:00+02:00."

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)  # `fromisoformat` alone takes weeks and bare digits too
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+ -]\d\d:\d\d)?", re.ASCII)


def moment_of(when: str | date) -> datetime:
    """A moment in UTC: an aware datetime, or ISO 8601 with its zone; a day is its last microsecond in UTC.

    A space where the zone's `+` belongs is that `+`, as a URL's query loses it. Raises InvalidRequest for anything
    else, also for a time without a zone, since nobody knows which moment it is, and for one before 1970.

    >>> moment_of("2026-03-31T12:00+02:00").isoformat(), moment_of("2026-03-31").isoformat()
    ('2026-03-31T10:00:00+00:00', '2026-03-31T23:59:59.999999+00:00')
    """
    moment = _moment(_read(when) if isinstance(when, str) else when, when)
    if moment < EVER:
        raise InvalidRequest(
            f"{str(when)[:80]!r} lies before 1970.",
            remedy="Look at its year; of rows that are older, say 1970-01-01: nothing was served before.",
        )
    return moment


def passed(when: str | date, now: datetime) -> datetime:
    """`moment_of` what must not lie after `now`; raises InvalidRequest where it does."""
    moment = moment_of(when)
    if moment <= now:
        return moment
    it_is = f"it is {now:%Y-%m-%d %H:%M:%S} UTC"
    if moment == datetime.combine(now.date(), time.max, UTC):
        raise InvalidRequest(
            f"The day {moment:%Y-%m-%d} ends at {moment:%H:%M:%S} UTC, and {it_is}.",
            remedy=f"Give the hour with its zone, such as {now:%Y-%m-%dT%H:%M}Z, or leave it out where the rows "
            "reach up to now.",
        )
    raise InvalidRequest(
        f"{moment:%Y-%m-%d %H:%M:%S} UTC lies in the future: {it_is}.",
        remedy="Give the latest moment of the rows and their truths: how far a version reaches cannot be moved "
        "afterwards.",
    )


def text_of(moment: datetime) -> str:
    """A moment in UTC as our records have it: whoever says the same in other words gets the same text.

    >>> text_of(moment_of("2026-03-31T12:00+02:00"))
    '2026-03-31T10:00:00Z'
    """
    return moment.isoformat().replace("+00:00", "Z")


def _read(text: str) -> datetime | date:
    said = text.strip()
    try:
        if _DAY.fullmatch(said):
            return date.fromisoformat(said)
        if found := _TIME.fullmatch(said):
            return datetime.fromisoformat(found[1] + (found[2] or "").replace(" ", "+"))
    except ValueError as error:
        raise InvalidRequest(f"{text[:80]!r} is no moment.", remedy=WRITE) from error
    raise InvalidRequest(f"{text[:80]!r} is no moment.", remedy=WRITE)


def _moment(found: date, when: object) -> datetime:
    """In UTC; `when` is how it was said."""
    if not isinstance(found, datetime):
        if not isinstance(found, date):
            raise InvalidRequest(f"{str(when)[:80]!r} is no moment.", remedy=WRITE)
        return datetime.combine(found, time.max, UTC)
    if found.tzinfo is None:
        raise InvalidRequest(f"{str(when)[:80]!r} has no time zone.", remedy=WRITE)
    try:
        utc = found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{str(when)[:80]!r} is no moment.", remedy=WRITE) from error
    return datetime.combine(utc.date(), utc.time(), UTC)  # of a pandas Timestamp the plain one
