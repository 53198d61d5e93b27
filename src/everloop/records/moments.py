"""Moments as people write them."""

from datetime import UTC, date, datetime, time

from everloop.errors import InvalidRequest

WRITE = "Write a day, such as 2026-03-31, which means its end in UTC, or 2026-03-31T12:00+02:00."


def moment_of(when: str | date) -> datetime:
    """A moment in UTC: an aware datetime, or ISO 8601 with its zone; a day is its last microsecond in UTC.

    Raises InvalidRequest for anything else, also for a time without a zone: nobody knows which moment it is.

    >>> moment_of("2026-03-31T12:00+02:00").isoformat(), moment_of("2026-03-31").isoformat()
    ('2026-03-31T10:00:00+00:00', '2026-03-31T23:59:59.999999+00:00')
    """
    found = _read(when) if isinstance(when, str) else when
    if isinstance(found, datetime):
        if found.tzinfo is None:
            raise InvalidRequest(f"{str(when)[:80]!r} has no time zone.", remedy=WRITE)
        return _in_utc(found)
    if not isinstance(found, date):
        raise InvalidRequest(f"{str(when)[:80]!r} is no moment.", remedy=WRITE)
    return datetime.combine(found, time.max, UTC)


def passed(when: str | date, now: datetime) -> datetime:
    """`moment_of` what must not lie after `now`; raises InvalidRequest where it does."""
    moment = moment_of(when)
    if moment > now:
        raise InvalidRequest(
            f"{moment:%Y-%m-%d %H:%M:%S} UTC has not come yet: it is {now:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Leave it out where the rows reach up to now.",
        )
    return moment


def _read(text: str) -> datetime | date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidRequest(f"{text[:80]!r} is no moment.", remedy=WRITE) from error


def _in_utc(moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{str(moment)[:80]!r} is no moment.", remedy=WRITE) from error
    return datetime.combine(utc.date(), utc.time(), UTC)  # of a pandas Timestamp the plain one
