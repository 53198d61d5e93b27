"""How the rollout of a cycle stands, from what the ledger holds."""

import pyarrow as pa

from everloop.actions.context import Context
from everloop.ledger.ledger import Ledger
from everloop.loop.sight import Watched
from everloop.records.cycle import Cycle
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.rollouts.observed import Observed, observe
from everloop.rollouts.scores import needs_probabilities
from everloop.rollouts.watch import watch


def watch_rollout(context: Context, cycle: Cycle) -> Watched:
    """The verdicts as of now, and how often the candidate answered since its present step began."""
    observed = observed_rollout(context, cycle, rollout_rows(context, cycle))
    return Watched(verdicts=watch(observed, cycle.policy.rollout), answers=observed.answers[cycle.stage])


def rollout_rows(context: Context, cycle: Cycle) -> pa.Table:
    """The rows of the cycle's rollout; none of a cycle that was not rolled out."""
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
    ledger = Ledger(context.tables, context.layout, context.clock)
    return ledger.rollout(
        cycle.endpoint,
        cycle.id,
        target,
        context.clock.now(),
        since=cycle.rolling_since,
        probabilities=needs_probabilities(cycle.policy.rollout.metric),
    )


def observed_rollout(context: Context, cycle: Cycle, rows: pa.Table) -> Observed:
    """What these rows of its rollout say."""
    assert cycle.rolling_since is not None
    with context.metadata.transaction() as transaction:
        target = known_endpoint(transaction, cycle.endpoint).target
        champion = known_version(transaction, cycle.champion.model, cycle.champion.number)
    return observe(
        rows,
        plan=cycle.policy.rollout,
        target=target,
        signature=champion.signature,
        since=cycle.rolling_since,
    )
