"""Which alerts a window opens, keeps and closes: a pure step, so that a flapping column does not flap its alert."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from everloop.monitoring.judge import strength
from everloop.records.alert import Alert
from everloop.records.monitor import Monitored
from everloop.records.verdict import Verdict

STILL = 0.75  # of the limit: an alert that is open is shown by a window from here on
STILL_P = 0.01


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert that is new, or open again."""

    alert: Alert
    again: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the alerts. Every opening and every closing is an event; what goes on is none."""

    opened: tuple[Opened, ...] = ()
    kept: tuple[Alert, ...] = ()
    closed: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alert ends, and how soon after that its return is the same one."""

    clean_windows: int = 3
    cool_down: timedelta = timedelta(hours=1)


def next_alerts(
    rule: Rule,
    known: Sequence[Alert],
    found: Sequence[Monitored],
    now: datetime,
    *,
    endpoint: str,
    new_id: Callable[[], str],
    harm: Callable[[Monitored], float],
) -> Changes:
    """The step that one window takes. `known` are the endpoint's alerts, open and lately closed.

    A subject opens an alert when it fails. An open one is shown again by a window that fails or comes near its limit;
    it closes after `clean_windows` in a row that do not, or do not hear of the subject at all any more.
    """
    by_subject = {(m.monitor, m.subject): m for m in found}
    opened, kept, closed = [], [], []
    for alert in sorted((a for a in known if a.state == "open"), key=lambda a: (a.monitor, a.subject)):
        shown = by_subject.get((alert.monitor, alert.subject))
        if alert.monitor not in {m.monitor for m in found}:
            continue  # this window was not about it
        if shown is not None and shows(shown.verdict):
            kept.append(_seen(alert, shown, now, harm(shown)))
        elif alert.clean + 1 < rule.clean_windows:
            kept.append(replace(alert, clean=alert.clean + 1))
        else:
            closed.append(replace(alert, state="closed", clean=alert.clean + 1, closed_at=now))
    is_open = {(a.monitor, a.subject) for a in known if a.state == "open"}
    for shown in found:
        if shown.verdict.verdict == "fail" and (shown.monitor, shown.subject) not in is_open:
            before = _lately(rule, known, shown, now)
            opened.append(
                Opened(_again(before, shown, now, harm(shown)), again=True)
                if before
                else Opened(_new(endpoint, new_id(), shown, now, harm(shown)), again=False)
            )
    return Changes(tuple(opened), tuple(kept), tuple(closed))


def shows(verdict: Verdict) -> bool:
    """Whether an open alert is shown by a window with this verdict: it fails, or is surely near its limit."""
    if verdict.verdict == "fail":
        return True
    return strength(verdict) >= STILL and float(verdict.inputs.get("p_value", 1.0)) <= STILL_P


def ranked(alerts: Sequence[Alert]) -> list[Alert]:
    """The most harmful first; of equal ones the strongest."""
    return sorted(alerts, key=lambda a: (-a.harm, -strength(a.evidence), a.id))


def _seen(alert: Alert, shown: Monitored, now: datetime, harm: float) -> Alert:
    return replace(alert, seen_at=now, windows=alert.windows + 1, evidence=shown.verdict, harm=harm, clean=0)


def _lately(rule: Rule, known: Sequence[Alert], shown: Monitored, now: datetime) -> Alert | None:
    """The alert of this subject that was closed last, if that is not long ago."""
    same = [
        a
        for a in known
        if a.closed_at is not None
        and (a.monitor, a.subject) == (shown.monitor, shown.subject)
        and now - a.closed_at <= rule.cool_down
    ]
    return max(same, key=lambda a: (a.closed_at, a.id), default=None)


def _again(alert: Alert, shown: Monitored, now: datetime, harm: float) -> Alert:
    return _seen(replace(alert, state="open", closed_at=None), shown, now, harm)


def _new(endpoint: str, name: str, shown: Monitored, now: datetime, harm: float) -> Alert:
    return Alert(
        id=name,
        endpoint=endpoint,
        monitor=shown.monitor,
        subject=shown.subject,
        state="open",
        opened_at=now,
        seen_at=now,
        windows=1,
        evidence=shown.verdict,
        harm=harm,
    )
