"""Work of a cycle: its report, kept as a blob."""

from collections.abc import Iterator, Sequence

from everloop.actions.context import Context
from everloop.actions.watch_rollout import plan_of, whole_rollout
from everloop.evaluation.report.cycle_report import cycle_report
from everloop.evaluation.report.facts import Facts, QualityPoint
from everloop.events import log as events
from everloop.evidence.policies.no_worse import NoWorse
from everloop.loop.sight import Reported
from everloop.records.codec import to_json
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.registry.versions import known_version
from everloop.rollouts.lead import lead
from everloop.stores.metadata import Transaction

POINTS = 60  # of the picture of a rollout


def report_cycle(context: Context, cycle: Cycle) -> Reported:
    """Write the report of what has happened so far, and answer the digest that it is kept under."""
    path = tuple(_path(context, cycle)) if cycle.rolling_since is not None else ()
    with context.metadata.transaction() as transaction:
        facts = Facts(
            cycle=cycle,
            events=events_of(transaction, cycle),
            data=_data(transaction, cycle),
            champion=known_version(transaction, cycle.champion.model, cycle.champion.number),
            candidates=[known_version(transaction, c.model, c.number) for c in _candidates(cycle)],
            path=path,
        )
    report = cycle_report(facts)
    return Reported(report=context.blobs.write(to_json(report)))


def events_of(transaction: Transaction, cycle: Cycle) -> Sequence[Event]:
    """The cycle's own events, in their order."""
    of_endpoint = events.history(transaction, subject=f"endpoint:{cycle.endpoint}")
    return [event for event in of_endpoint if event.after.get("cycle") == cycle.id]


def _candidates(cycle: Cycle) -> list[VersionRef]:
    proposed = () if cycle.candidate is None else (cycle.candidate,)
    return list(dict.fromkeys((*cycle.candidates, *proposed)))


def _data(transaction: Transaction, cycle: Cycle) -> DatasetVersion | None:
    if cycle.data is None or not cycle.candidates:
        return None
    fitted = known_version(transaction, cycle.candidates[0].model, cycle.candidates[0].number)
    return transaction.get(DatasetVersion, fitted.dataset, cycle.data)


def _path(context: Context, cycle: Cycle) -> Iterator[QualityPoint]:
    """The candidate's lead as it was known at moments of the rollout: when so many truths had come in."""
    rows, judged = whole_rollout(context, cycle)
    policy = NoWorse(margin=plan_of(context, cycle).margin)
    for at, found in lead(rows, judged, policy, points=POINTS):
        if found.value is not None:
            yield QualityPoint(at=at, rows=found.rows, value=found.value, low=found.low, high=found.high)
