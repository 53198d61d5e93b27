"""The rollouts that this process looks at again and again."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from everloop.actions.context import Context
from everloop.actions.learned_rows import learned_by
from everloop.ledger.learned import Learned
from everloop.ledger.ledger import Ledger
from everloop.records.cycle import Cycle
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.rollouts.coding import Coding
from everloop.rollouts.kept_rollout import KeptRollout, Source
from everloop.rollouts.observed import Judged, Observed
from everloop.stores.layout import Layout

MOST = 16  # that are kept; of a seventeenth all is read again


@dataclass(slots=True)
class _Kept:
    identity: Hashable  # of the rollout: with another one, the endpoint begins anew
    rollout: KeptRollout
    learned: Learned | None = None  # by either version; read at the first look
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
            champion = known_version(transaction, cycle.champion.model, cycle.champion.number)
            candidate = known_version(transaction, cycle.candidate.model, cycle.candidate.number)
        ledger = Ledger(context.tables, context.layout, context.clock)
        signatures = champion.signature, candidate.signature
        judged = Judged.of(
            cycle.policy.rollout, target, signatures, cycle.rolling_since, Coding.of(*signatures)
        )
        identity = (cycle.id, cycle.rolling_since, target, cycle.policy.rollout)
        kept = self._of((context.layout, cycle.endpoint), identity, judged)
        with kept.turn:
            if kept.learned is None:
                kept.learned = learned_by(context, (champion, candidate))
            source = Source(ledger, cycle.endpoint, cycle.id, target, cycle.rolling_since, kept.learned)
            return kept.rollout.look(source, context.clock.now())

    def let_go(self, context: Context, endpoint: str) -> None:
        """Keep nothing of the endpoint: no rollout is open."""
        with self._turn:
            self._kept.pop((context.layout, endpoint), None)

    def _of(self, key: tuple[Layout, str], identity: Hashable, judged: Judged) -> _Kept:
        with self._turn:
            kept = self._kept.get(key)
            if kept is None or kept.identity != identity:
                kept = self._kept[key] = _Kept(identity, KeptRollout(judged))
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return kept
