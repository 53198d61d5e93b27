"""How lists of results stand in a notebook: which of their members' facts are columns."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from everloop.actions.queries.endpoints import EndpointStatus
from everloop.actions.queries.loops import LoopStatus
from everloop.records.alert import Alert
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.event import Event
from everloop.records.run import Run
from everloop.workspace.listed import Listed

if TYPE_CHECKING:
    from everloop.workspace.version import Version


def events(found: tuple[Event, ...]) -> tuple[Event, ...]:
    """Who did what, when and why."""
    head = ("#", "when (UTC)", "who", "did", "to", "why")
    return Listed.of(found, head, _event, title="Events", newest_last=True)


def alerts(found: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """What has moved, with its harm."""
    head = ("endpoint", "alert", "of", "state", "harm", "since (UTC)", "what")
    return Listed.of(found, head, _alert, title="Alerts")


def cycles(found: tuple[Cycle, ...]) -> tuple[Cycle, ...]:
    """How each ended, and why."""
    head = ("cycle", "state", "candidate", "opened (UTC)", "because", "why")
    return Listed.of(found, head, _cycle, title="Cycles", newest_last=True)


def runs(found: tuple[Run, ...]) -> tuple[Run, ...]:
    """What each made, or why it made nothing."""
    return Listed.of(
        found, ("run", "model", "state", "version", "started (UTC)", "error"), _run, title="Runs"
    )


def versions(found: tuple[DatasetVersion, ...]) -> tuple[DatasetVersion, ...]:
    """How a dataset grew."""
    head = ("version", "rows", "added", "made (UTC)", "note", "suspect")
    return Listed.of(found, head, _version, title="Versions", newest_last=True)


def models(found: "Iterable[Version]") -> "tuple[Version, ...]":
    """What each was made of, and how well it did in its own test."""
    return Listed.of(found, ("version", "learned from", "made (UTC)", "scores"), _model, title="Models")


def endpoints(found: tuple[EndpointStatus, ...]) -> tuple[EndpointStatus, ...]:
    """Who answers where."""
    head = ("endpoint", "champion", "on its way", "a rollback goes to", "truth")
    return Listed.of(found, head, _endpoint, title="Endpoints")


def loops(found: tuple[LoopStatus, ...]) -> tuple[LoopStatus, ...]:
    """Where each loop stands."""
    head = ("loop", "endpoint", "mode", "state", "candidate", "share", "alerts")
    return Listed.of(found, head, _loop, title="Loops")


def _event(event: Event) -> Sequence[object]:
    return event.sequence, event.at, event.actor, event.action, event.subject, event.reason


def _alert(alert: Alert) -> Sequence[object]:
    return (
        alert.endpoint,
        alert.monitor,
        alert.subject,
        alert.state,
        alert.harm,
        alert.opened_at,
        alert.evidence.reason,
    )


def _cycle(cycle: Cycle) -> Sequence[object]:
    because = "; ".join(cause.detail for cause in cycle.causes[:2])
    state = cycle.ending.replace("_", " ") or cycle.state
    return cycle.id, state, cycle.candidate or "", cycle.opened_at, because, cycle.reason


def _run(run: Run) -> Sequence[object]:
    made = f"{run.model}@{run.version}" if run.version else ""
    return run.id, run.model, run.state, made, run.started_at, run.error


def _version(version: DatasetVersion) -> Sequence[object]:
    return (
        version.told,
        version.rows,
        version.added,
        version.created_at,
        version.note,
        version.suspect,
    )


def _model(version: "Version") -> Sequence[object]:
    scores = ", ".join(f"{name} {value:.4g}" for name, value in version.metrics.items())
    return str(version), version.record.data, version.record.created_at, scores


def _endpoint(status: EndpointStatus) -> Sequence[object]:
    return status.name, status.champion, status.proposed, status.previous, status.outcome


def _loop(loop: LoopStatus) -> Sequence[object]:
    share = f"{loop.share:.0%}" if loop.candidate else ""
    return loop.loop, loop.endpoint, loop.mode, loop.state, loop.candidate, share, loop.alerts or ""
