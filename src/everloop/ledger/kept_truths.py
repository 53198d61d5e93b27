"""How many answers have a final truth, asked again and again: what was read once is counted once."""

import threading
from collections.abc import Hashable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Numbers, pc
from everloop.ledger.id_index import NOWHERE, IdIndex, earliest, keys_of
from everloop.ledger.ledger import Ledger
from everloop.records.target import TargetRule

MATURES = timedelta(seconds=30)  # rows of a target with a window mature as time passes, whatever comes
NEVER = np.iinfo(np.int64).max


class KeptTruths:
    """The count of each endpoint and target, safe from several threads. A ledger that stands still is not read.

    It is at most 30 seconds behind where maturity is a matter of time, and never behind what was captured.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str, TargetRule], _Kept] = {}
        self._turn = threading.Lock()

    def of(self, ledger: Ledger, endpoint: str, target: TargetRule, now: datetime) -> int:
        """As `Ledger.counts` says `with_truth`.

        But for one thing: where a window is open to silence, an outcome inside it counts even if it was set aside as a
        conflict, and the one that counts happened too late.
        """
        mark = ledger.mark(endpoint)  # first: what comes while it is counted makes another mark
        with self._turn:
            key = (ledger.place, endpoint, target)
            kept = self._kept.get(key)
            still = kept is not None and kept.mark == mark
            if kept is not None and still and (target.within is None or abs(now - kept.at) < MATURES):
                return kept.count
            if kept is None or now < kept.at:
                kept = _Kept(target)
            self._kept.pop(key, None)  # where the ledger cannot be read, the next look begins anew
            kept.look(ledger, endpoint, now)
            kept.mark, self._kept[key] = mark, kept
            return kept.count


class _Kept:
    """Each answer by the key of its id: when it was served, and whether it has an outcome inside its window."""

    def __init__(self, target: TargetRule) -> None:
        self.count, self.at = 0, datetime.min
        self.mark: Hashable = None
        self._target = target
        self._window = NEVER if target.within is None else target.within // timedelta(microseconds=1)
        self._silence = target.within is not None and target.otherwise is not None  # then all have a truth
        self._read = (0, 0)
        self._index, self._strays = IdIndex(), IdIndex()  # of answers; of outcomes whose answer was not seen
        self._closes: Numbers = np.zeros(0, np.int64)
        self._hit: Numbers = np.zeros(0, bool)
        self._happened: Numbers = np.zeros(0, np.int64)  # of the strays

    def look(self, ledger: Ledger, endpoint: str, now: datetime) -> None:
        """Read what is new, and count."""
        answers, outcomes = ledger.unread_truths(endpoint, self._target.outcome, self._read)
        for part in answers.stored():
            self._keep(*self._answered(part))
        for part in outcomes.stored():
            self._tell(part)
        self._read = (answers.rows, outcomes.rows)
        until = NEVER if self._target.within is None else _microseconds(now)
        self.count = self._counted(answers.fresh, outcomes.fresh, until)
        self.at = now

    def _answered(self, rows: pa.Table) -> tuple[Numbers, Numbers, Numbers]:
        """Their keys, when their windows close, and which have an outcome that came before them."""
        keys, served = keys_of(rows["id"]), np.asarray(rows["served_at"].cast(pa.int64()))
        closes = np.full(len(keys), NEVER) if self._window == NEVER else served + self._window
        early = self._strays.find(keys)
        hit = np.full(len(keys), self._silence)
        known = early != NOWHERE
        hit[known] |= self._happened[early[known]] <= closes[known]
        return keys, closes, hit

    def _keep(self, keys: Numbers, closes: Numbers, hit: Numbers) -> None:
        self._index.add(keys, len(self._closes) + np.arange(len(keys)))
        self._closes = np.concatenate([self._closes, closes])
        self._hit = np.concatenate([self._hit, hit])

    def _tell(self, rows: pa.Table) -> None:
        if self._silence:
            return
        keys, happened = _happened(rows)
        places = self._index.find(keys)
        known = places != NOWHERE
        self._hit[places[known]] |= happened[known] <= self._closes[places[known]]
        keys, happened = keys[~known], happened[~known]
        before = self._strays.find(keys)
        again = before != NOWHERE
        self._happened[before[again]] = np.minimum(self._happened[before[again]], happened[again])
        self._strays.add(keys[~again], len(self._happened) + np.arange((~again).sum()))
        self._happened = np.concatenate([self._happened, happened[~again]])

    def _counted(self, answers: pa.Table, outcomes: pa.Table, until: int) -> int:
        """All, with rows that are not in the tables yet."""
        found = int((self._hit & (self._closes <= until)).sum())
        keys, closes, hit = self._answered(answers)
        told, happened = _happened(outcomes)
        own = IdIndex()
        own.add(keys, np.arange(len(keys)))
        fresh, old = own.find(told), self._index.find(told)
        inside = fresh != NOWHERE
        hit[fresh[inside]] |= happened[inside] <= closes[fresh[inside]]
        late = (old != NOWHERE) & (happened <= self._closes[old] if len(self._closes) else False)
        late &= (~self._hit[old] & (self._closes[old] <= until)) if len(self._closes) else False
        return found + int((hit & (closes <= until)).sum()) + int(late.sum())


def _happened(rows: pa.Table) -> tuple[Numbers, Numbers]:
    """The keys of predictions that outcomes came for, each once, and when the first of them happened."""
    happened = np.asarray(pc.coalesce(rows["happened_at"], rows["learned_at"]).cast(pa.int64()))
    return earliest(keys_of(rows["prediction"]), happened)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // timedelta(microseconds=1)
