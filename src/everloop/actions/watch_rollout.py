"""How the rollout of a cycle stands, from what the ledger holds."""

from dataclasses import replace

import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.kept_rollouts import KeptRollouts
from everloop.actions.learned_rows import learned_by
from everloop.ledger.ledger import Ledger
from everloop.loop.sight import Watched
from everloop.records.cycle import Cycle
from everloop.records.loop import RolloutPlan
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.rollouts.observed import Judged
from everloop.rollouts.scores import needs_probabilities
from everloop.rollouts.watch import watch


def watch_rollout(context: Context, cycle: Cycle, kept: KeptRollouts) -> Watched:
    """The verdicts as of now, and how often the candidate answered since its present step began.

    It costs what is new since `kept` was looked at.
    """
    observed = kept.look(context, cycle)
    return Watched(verdicts=watch(observed, plan_of(context, cycle)), answers=observed.answers[cycle.stage])


def plan_of(context: Context, cycle: Cycle) -> RolloutPlan:
    """The plan by which the rollout is judged.

    Where truth is a reaction, no gate can compare the candidate with the anchor. So that small losses do not add up
    from champion to champion, whoever follows one that is not the anchor has to be better than it.
    """
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
    if target.truth == "reaction" and cycle.anchor != cycle.champion:
        return replace(cycle.policy.rollout, margin=0.0)
    return cycle.policy.rollout


def rollout_rows(context: Context, cycle: Cycle) -> pa.Table:
    """The rows of the cycle's rollout; none of a cycle that was not rolled out."""
    assert cycle.candidate is not None
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
        versions = [known_version(transaction, v.model, v.number) for v in (cycle.champion, cycle.candidate)]
    ledger = Ledger(context.tables, context.layout, context.clock)
    return ledger.rollout(
        cycle.endpoint,
        cycle.id,
        target,
        context.clock.now(),
        since=cycle.rolling_since,
        probabilities=needs_probabilities(cycle.policy.rollout.metric),
        learned=learned_by(context, versions),
    )


def judged_rollout(context: Context, cycle: Cycle, rows: pa.Table) -> Judged:
    """How these rows of its rollout are counted."""
    assert cycle.rolling_since is not None
    assert cycle.candidate is not None
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
        champion = known_version(transaction, cycle.champion.model, cycle.champion.number)
        candidate = known_version(transaction, cycle.candidate.model, cycle.candidate.number)
    versions = champion.signature, candidate.signature
    return Judged.of_rows(rows, cycle.policy.rollout, target, versions, cycle.rolling_since)
