"""The real surroundings of the loops: the ledger, the alerts, and the works of the life cycle."""

from threading import Event as Flag

from everloop.actions.context import Context
from everloop.actions.fit_candidates import fit_candidates
from everloop.actions.judge_candidates import judge_candidates, usable_rows
from everloop.actions.kept_mature import KeptMature
from everloop.actions.kept_rollouts import KeptRollouts
from everloop.actions.pin_data import pin_data
from everloop.actions.report_cycle import report_cycle
from everloop.actions.sound_bundle import damaged_bundle
from everloop.actions.watch_rollout import watch_rollout
from everloop.ledger.kept_truths import KeptTruths
from everloop.ledger.ledger import Ledger
from everloop.loop.sight import Fitted, Gated, News, Pinned, Raised, Reported, Watched
from everloop.records.alert import Alert
from everloop.records.cycle import Cycle
from everloop.records.loop import LoopRecord
from everloop.registry.champions import known_endpoint

KEPT = KeptRollouts()  # of the process: its loops and those who ask how they stand look at the same ones
TRUTHS = KeptTruths()
MATURE = KeptMature()


class LedgerSurroundings:
    """The `Surroundings` of a workspace. Work that takes long ends early when `stopping` is set.

    All that it keeps is what was read of the ledger, so that a look costs what is new.
    """

    def __init__(self, stopping: Flag | None = None) -> None:
        self._stopping = stopping

    def news(self, context: Context, loop: LoopRecord) -> News:
        """Mature answers with a truth, and open alerts."""
        KEPT.let_go(context, loop.endpoint)  # news are asked for while no cycle is open
        ledger = Ledger(context.tables, context.layout, context.clock)
        with context.metadata.transaction() as transaction:
            alerts = transaction.find(Alert, endpoint=loop.endpoint, state="open")
        mature = TRUTHS.of(ledger, loop.endpoint, loop.target, context.clock.now())
        return News(mature=mature, alerts=tuple(_raised(alert) for alert in alerts))

    def mature(self, context: Context, cycle: Cycle) -> int:
        """Rows that the gates could look at now, or a little behind while these are too few."""
        with context.metadata.transaction() as transaction:
            target = known_endpoint(transaction, cycle.endpoint).target
        ledger = Ledger(context.tables, context.layout, context.clock)
        truths = TRUTHS.of(ledger, cycle.endpoint, target, context.clock.now())
        return MATURE.of(context.layout, cycle, truths=truths, count=lambda: usable_rows(context, cycle))

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        """Guardrails and quality of the rollout."""
        damaged = damaged_bundle(context, cycle)
        return Watched(verdicts=(damaged,)) if damaged is not None else watch_rollout(context, cycle, KEPT)

    def pin(self, context: Context, cycle: Cycle) -> Pinned:
        """Fold what has matured into the dataset."""
        return pin_data(context, cycle)

    def fit(self, context: Context, cycle: Cycle) -> Fitted:
        """Fit the champion's recipe and its rivals; raises Stopped."""
        return fit_candidates(context, cycle, self._stopping)

    def judge(self, context: Context, cycle: Cycle) -> Gated:
        """Score all compared models on the same rows."""
        return judge_candidates(context, cycle)

    def report(self, context: Context, cycle: Cycle) -> Reported:
        """Write the report."""
        return report_cycle(context, cycle)


def _raised(alert: Alert) -> Raised:
    return Raised(mark=alert.id, detail=alert.evidence.reason.rstrip("."))
