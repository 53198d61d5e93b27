"""How the rollout of a cycle stands, from what the ledger holds."""

from dataclasses import replace

import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.kept_rollouts import KeptRollouts
from everloop.actions.taught_rows import taught_to
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


def whole_rollout(context: Context, cycle: Cycle) -> tuple[pa.Table, Judged]:
    """All rows of the cycle's rollout, and how they are counted. It must have been rolled out."""
    assert cycle.rolling_since is not None
    assert cycle.candidate is not None
    plan, since = cycle.policy.rollout, cycle.rolling_since
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
        versions = [known_version(transaction, v.model, v.number) for v in (cycle.champion, cycle.candidate)]
    taught = taught_to(context, versions)
    rows = Ledger(context.tables, context.layout, context.clock).rollout(
        cycle.endpoint,
        cycle.id,
        target,
        context.clock.now(),
        since=since,
        probabilities=needs_probabilities(plan.metric),
        taught=taught,
    )
    champion, candidate = (version.signature for version in versions)
    return rows, Judged.of_rows(rows, plan, target, (champion, candidate), since, taught.note)
