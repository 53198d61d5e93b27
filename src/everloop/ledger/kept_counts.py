"""Counts of a ledger that are asked for again and again: read anew only where they can have changed."""

from collections.abc import Hashable
from datetime import datetime, timedelta

from everloop.ledger.counts import Counts
from everloop.ledger.ledger import Ledger
from everloop.records.target import TargetRule

MATURES = timedelta(seconds=30)  # rows of a target with a window mature as time passes, whatever comes


class KeptCounts:
    """The last counts of each endpoint and target. To count reads the whole history; to see that nothing came does not.

    They are at most 30 seconds behind where maturity is a matter of time, and never behind what was captured.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, TargetRule], tuple[Hashable, datetime, Counts]] = {}

    def of(self, ledger: Ledger, endpoint: str, target: TargetRule, now: datetime) -> Counts:
        """As `Ledger.counts` answers, or did when the ledger was the same."""
        mark = ledger.mark(endpoint)  # first: what comes while it is counted makes another mark
        kept = self._kept.get((endpoint, target))
        if kept is not None and kept[0] == mark and (target.within is None or abs(now - kept[1]) < MATURES):
            return kept[2]
        counts = ledger.counts(endpoint, target, now)
        self._kept[endpoint, target] = (mark, now, counts)
        return counts
