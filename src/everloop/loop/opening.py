"""Whether a loop turns by itself now, and why. Pure."""

from dataclasses import replace
from datetime import datetime

from everloop.loop.sight import News
from everloop.records.cycle import Cause
from everloop.records.durations import in_words
from everloop.records.loop import LoopRecord, LoopStanding, TriggerRule

REMEMBERED = 500  # marks of alerts; one that flaps keeps its mark, and so fires once


def causes(loop: LoopRecord, standing: LoopStanding, news: News, now: datetime) -> tuple[Cause, ...]:
    """What fires now: evidence that has not fired before. Pausing and cooling down are `held`'s to say."""
    fired = set(standing.fired)
    found = [cause for rule in loop.triggers for cause in _of(rule, loop, standing, news, now)]
    return tuple(cause for cause in found if cause.mark not in fired)


def held(standing: LoopStanding, now: datetime) -> str:
    """Why nothing turns by itself although something fires; empty where it may."""
    if standing.paused:
        return f"it is paused: {standing.paused}"
    if standing.cool_until is not None and now < standing.cool_until:
        return f"it cools down for {in_words(standing.cool_until - now)} more"
    return ""


def used(standing: LoopStanding, found: tuple[Cause, ...], news: News, now: datetime) -> LoopStanding:
    """The standing after these causes have fired and a cycle was opened for them.

    What was used stays used where fewer answers are mature now, as after a clock was set back.
    """
    return replace(
        standing,
        turned_at=now,
        outcomes_used=max(standing.outcomes_used, news.mature),
        fired=(*standing.fired, *(c.mark for c in found if c.kind == "drift"))[-REMEMBERED:],
    )


def missing(rule: TriggerRule, loop: LoopRecord, standing: LoopStanding, news: News, now: datetime) -> str:
    """What a trigger that does not fire waits for, in words."""
    if rule.kind == "outcomes":
        return f"{news.mature - standing.outcomes_used} of {rule.count} new mature outcomes"
    if rule.kind == "drift":
        if all(alert.mark in standing.fired for alert in news.alerts):
            return "no new alert"
        return (
            f"an alert is there; {news.mature - standing.outcomes_used} of {rule.count} new mature outcomes"
        )
    assert rule.every is not None
    return f"its next time is in {in_words((standing.turned_at or loop.declared_at) + rule.every - now)}"


def _of(
    rule: TriggerRule, loop: LoopRecord, standing: LoopStanding, news: News, now: datetime
) -> tuple[Cause, ...]:
    if rule.kind == "outcomes":
        fresh = news.mature - standing.outcomes_used
        if fresh < rule.count:
            return ()
        detail = f"{fresh} new mature outcomes, {rule.count} are asked for"
        return (Cause(kind="outcomes", at=now, detail=detail, mark=f"outcomes:{standing.outcomes_used}"),)
    if rule.kind == "drift":
        if news.mature - standing.outcomes_used < rule.count:
            return ()
        return tuple(Cause(kind="drift", at=now, detail=a.detail, mark=a.mark) for a in news.alerts)
    assert rule.every is not None
    due = (standing.turned_at or loop.declared_at) + rule.every
    if now < due:
        return ()
    detail = f"{in_words(rule.every)} have passed"
    return (Cause(kind="schedule", at=now, detail=detail, mark=f"schedule:{due.isoformat()}"),)
