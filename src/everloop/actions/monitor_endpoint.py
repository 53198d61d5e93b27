"""Look at what an endpoint was asked and answered since the last look: judge it, and open or close alerts.

A window is judged from its rows alone and recorded in one transaction with what it changes: where the monitors
stand, the alerts and their events. A process that is killed meanwhile loses nothing, and looks at no row twice.
"""

from dataclasses import replace
from typing import Any

import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.monitor_harm import harm_meter
from everloop.actions.monitor_promise import with_promise
from everloop.actions.monitor_reference import load_reference, make_reference
from everloop.actions.monitor_rows import Slice, next_inputs, next_outcomes
from everloop.actions.record_window import Looked, record_window
from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.ledger.arrow import pc
from everloop.ledger.inputs import inputs_of
from everloop.monitoring.judge import Rules, judge
from everloop.monitoring.quality import Allowance, judge_quality, policy_for, scores
from everloop.monitoring.reference import Reference
from everloop.monitoring.window import added, fold, unfolded
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import (
    WINDOWS_KEPT,
    Monitored,
    MonitorStanding,
    MonitorWindow,
    ScoreSums,
    Watches,
)
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.settings import Settings
from everloop.statistics.tally import Tally

LONG = (
    2_000  # rows of a stretch: windows are judged together with so many, and up to twice as many, before them
)


def monitor(context: Context, endpoint_name: str) -> int:
    """Look at the rows that are new; answers how many windows they filled. Little happens while they fill none.

    Of two that look at once, one records what it saw. Raises NotFound for an unknown endpoint.
    """
    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, endpoint_name)
        version = known_version(transaction, endpoint.champion.model, endpoint.champion.number)
        standing = transaction.get(MonitorStanding, endpoint_name)
    standing = _begun(context, endpoint, version, standing)
    standing = with_promise(context, endpoint, version, standing)
    reference = load_reference(context.blobs, standing.reference)
    filled = 0
    for part in next_inputs(context, standing):
        looked = _look_at_inputs(context.settings, version, reference, standing, part)
        if not record_window(context, looked, harm_meter(context, version, reference, looked)):
            return filled
        standing, filled = looked.after, filled + 1
    if reference.promised is None:  # nobody knows how good the champion was
        return filled
    for part in next_outcomes(context, endpoint, standing):
        judged = _look_at_outcomes(context.settings, version, reference.promised, standing, part)
        if not record_window(context, judged, harm_meter(context, version, reference, judged)):
            return filled
        standing, filled = judged.after, filled + 1
    return filled


def _begun(
    context: Context, endpoint: Endpoint, version: ModelVersion, known: MonitorStanding | None
) -> MonitorStanding:
    """Where the champion's monitors stand. A new champion begins where the one before it ended."""
    if known is not None and known.champion == endpoint.champion:
        return known
    begun = MonitorStanding(
        endpoint=endpoint.name,
        champion=endpoint.champion,
        reference=make_reference(context, version),
        since=known.upto if known else endpoint.created_at,
        upto=known.upto if known else endpoint.created_at,
        upto_id=known.upto_id if known else "",
        judged_upto=known.judged_upto if known else endpoint.created_at,
        judged_id=known.judged_id if known else "",
    )
    with context.metadata.transaction() as transaction:
        found = transaction.get(MonitorStanding, endpoint.name)
        if found is None:
            transaction.add(begun)
        elif found == known:
            transaction.replace(begun)
        else:
            return found  # somebody else was quicker
    return begun


def _look_at_inputs(
    settings: Settings, version: ModelVersion, reference: Reference, before: MonitorStanding, part: Slice
) -> Looked:
    inputs = inputs_of(part.rows, version.signature)
    window = fold(reference, inputs, _answers(before, part.rows))
    filling = added(reference, before.filling, window)
    stretch = unfolded(filling) if before.filled is None else unfolded(before.filled, filling)
    full = filling.rows >= LONG
    after = replace(
        before,
        windows=before.windows + 1,
        upto=part.upto,
        upto_id=part.upto_id,
        filled=filling if full else before.filled,
        filling=None if full else filling,
    )
    found = judge(_rules(settings), reference, window, stretch, after.windows)
    return Looked(before, after, _window(after, "inputs", after.windows, part, found), inputs, window)


def _look_at_outcomes(
    settings: Settings, version: ModelVersion, promised: Tally, before: MonitorStanding, part: Slice
) -> Looked:
    task = version.signature.task
    allowance = Allowance(
        margin=settings.monitoring.quality_margin, false_alarms=settings.monitoring.false_alarms
    )
    now = scores(task, part.rows)
    scoring = _tally(before.scoring).plus(now)
    full = scoring.rows >= LONG
    after = replace(
        before,
        judgements=before.judgements + 1,
        judged_upto=part.upto,
        judged_id=part.upto_id,
        scored=_sums(scoring) if full else before.scored,
        scoring=None if full else _sums(scoring),
    )
    stretch = _tally(before.scored).plus(scoring)
    found = judge_quality(policy_for(task, promised, allowance), now, stretch, after.judgements)
    return Looked(before, after, _window(after, "outcomes", after.judgements, part, (found,)))


def _rules(settings: Settings) -> Rules:
    limits = settings.monitoring
    return Rules(
        drifted=Drifted(
            ks_limit=limits.ks_limit, psi_limit=limits.psi_limit, false_alarms=limits.false_alarms
        ),
        moved=ShareMoved(by=limits.share_limit, false_alarms=limits.false_alarms),
    )


def _answers(standing: MonitorStanding, rows: pa.Table) -> Any:  # noqa: ANN401 - a column
    """What the champion answered; a candidate's answers are its own affair, and the rollout's."""
    champion = pc.and_(
        pc.equal(rows["model"], standing.champion.model), pc.equal(rows["version"], standing.champion.number)
    )
    return rows.filter(pc.and_(champion, rows["error"].is_null()))["output"]


def _window(
    standing: MonitorStanding,
    watches: Watches,
    number: int,
    part: Slice,
    found: tuple[Monitored, ...],
) -> MonitorWindow:
    return MonitorWindow(
        endpoint=standing.endpoint,
        watches=watches,
        slot=number % WINDOWS_KEPT,
        number=number,
        champion=standing.champion,
        since=part.since,
        until=part.upto,
        rows=part.rows.num_rows,
        found=found,
    )


def _tally(sums: ScoreSums | None) -> Tally:
    return Tally() if sums is None else Tally(rows=sums.rows, total=sums.total, squares=sums.squares)


def _sums(tally: Tally) -> ScoreSums:
    return ScoreSums(rows=tally.rows, total=tally.total, squares=tally.squares)
