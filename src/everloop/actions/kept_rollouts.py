"""The rollouts that this process looks at again and again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from everloop.actions.context import Context
from everloop.actions.taught_rows import taught_to
from everloop.ledger.ledger import Ledger
from everloop.ledger.taught import TaughtToAny
from everloop.records.cycle import Cycle
from everloop.records.model_version import ModelVersion
from everloop.records.target import TargetRule
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.rollouts.coding import Coding
from everloop.rollouts.kept_rollout import KeptRollout, Source
from everloop.rollouts.observed import Judged, Observed
from everloop.stores.layout import Layout

_Begun = tuple[TaughtToAny, KeptRollout]
MOST = 16  # that are kept; of a seventeenth all is read again


@dataclass(slots=True)
class _Kept:
    identity: Hashable  # of the rollout: with another one, the endpoint begins anew
    taught: TaughtToAny
    rollout: KeptRollout
    turn: threading.Lock = field(default_factory=threading.Lock)


class KeptRollouts:
    """What was read of rollouts, one an endpoint; safe from several threads.

    Those that were not looked at for longest are let go.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Layout, str], _Kept] = OrderedDict()
        self._turn = threading.Lock()

    def look(self, context: Context, cycle: Cycle) -> Observed:
        """The cycle's rollout as it stands now."""
        assert cycle.rolling_since is not None
        assert cycle.candidate is not None
        with context.metadata.transaction() as transaction:
            target = known_endpoint(transaction, cycle.endpoint).target
            versions = tuple(
                known_version(transaction, v.model, v.number) for v in (cycle.champion, cycle.candidate)
            )
        identity = (cycle.id, cycle.rolling_since, target, cycle.policy.rollout)
        kept = self._of(
            (context.layout, cycle.endpoint), identity, lambda: _begun(context, cycle, target, versions)
        )
        ledger = Ledger(context.tables, context.layout, context.clock)
        source = Source(ledger, cycle.endpoint, cycle.id, target, cycle.rolling_since, kept.taught)
        with kept.turn:
            return kept.rollout.look(source, context.clock.now())

    def let_go(self, context: Context, endpoint: str) -> None:
        """Keep nothing of the endpoint: no rollout is open."""
        with self._turn:
            self._kept.pop((context.layout, endpoint), None)

    def _of(self, key: tuple[Layout, str], identity: Hashable, begun: Callable[[], _Begun]) -> _Kept:
        with self._turn:
            kept = self._kept.get(key)
            if kept is None or kept.identity != identity:
                kept = self._kept[key] = _Kept(identity, *begun())
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return kept


def _begun(context: Context, cycle: Cycle, target: TargetRule, versions: Sequence[ModelVersion]) -> _Begun:
    """What stands still in a rollout."""
    assert cycle.rolling_since is not None
    champion, candidate = (version.signature for version in versions)
    taught, coding = taught_to(context, versions), Coding.of(champion, candidate)
    plan, since = cycle.policy.rollout, cycle.rolling_since
    return taught, KeptRollout(Judged.of(plan, target, (champion, candidate), since, coding, taught.note))
