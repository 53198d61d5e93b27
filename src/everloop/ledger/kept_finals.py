"""Which answers got their truth between two moments, asked again and again: what was read once is looked up.

For targets without a window: there an answer's truth is final once it is known.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc, table
from everloop.ledger.id_index import NOWHERE, IdIndex, earliest, keys_of
from everloop.ledger.labels import KINDS
from everloop.ledger.ledger import Ledger
from everloop.ledger.outcome_rows import OUTCOMES
from everloop.ledger.prediction_rows import ENVELOPE, MOMENT
from everloop.ledger.settled import microseconds, settled, that_count
from everloop.ledger.unread import Unread
from everloop.records.endpoint import VersionRef

OUTPUTS, VALUES = ([f"{prefix}.{kind}" for kind in KINDS] for prefix in ("output", "value"))
FIELDS = [ENVELOPE.field("id"), OUTCOMES.field("learned_at")]
FIELDS += [*(ENVELOPE.field(name) for name in OUTPUTS), *(OUTCOMES.field(name) for name in VALUES)]
NONE = pa.schema(FIELDS).empty_table()
NEVER = np.iinfo(np.int64).max
CHUNKS = 64  # of kept outputs; more of them are made one


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Whose answers are asked for: those of a version since it answers, and which outcome is their truth."""

    endpoint: str
    outcome: str
    version: VersionRef
    since: datetime


class KeptFinals:
    """The answers of one version an endpoint, safe from several threads. A look costs what is new."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], _Kept] = {}
        self._turn = threading.Lock()

    def between(
        self, ledger: Ledger, asked: Answerer, first: datetime, last: datetime, *, least: int = 1
    ) -> pa.Table:
        """The answers whose only truth was learned from `first` to `last`; none if they are fewer than `least`.

        `id`, `learned_at`, `output.<kind>` and `value.<kind>` of each, in no order. An answer whose truth was corrected
        is none of them, whenever that was.
        """
        with self._turn:
            key = (ledger.place, asked.endpoint)
            kept = self._kept.pop(key, None)  # where the ledger cannot be read, the next look begins anew
            if kept is None or kept.asked != asked:
                kept = _Kept(asked)
            answers, outcomes = kept.unread(ledger)
            if not kept.goes_on(answers, outcomes):  # a table was restored
                kept = _Kept(asked)
                answers, outcomes = kept.unread(ledger)
            kept.read(answers, outcomes)
            found = kept.final(answers.fresh, outcomes, _microseconds(first), _microseconds(last), least)
            self._kept[key] = kept
            return found


class _Kept:
    """Each answer, and each id that an outcome came for, by the keys of their ids.

    An outcome has revision 1 only if none came before it. So the answers whose only truth was learned after a moment
    are among those whose first outcome was, and no earlier outcome says anything about them.
    """

    def __init__(self, asked: Answerer) -> None:
        self.asked = asked
        self._read = (0, 0)
        self._answers, self._told = IdIndex(), IdIndex()
        self._mine: Numbers = np.zeros(0, bool)  # the version's own, with an output
        self._outputs = NONE.select(OUTPUTS)
        self._keys: Numbers = np.zeros(0, np.uint64)  # that outcomes came for
        self._first: Numbers = np.zeros(0, np.int64)  # when the first of them was learned

    def unread(self, ledger: Ledger) -> tuple[Unread, Unread]:
        """What lies behind the rows that were read."""
        asked = self.asked
        return ledger.unread_finals(asked.endpoint, asked.outcome, asked.since, self._read)

    def goes_on(self, answers: Unread, outcomes: Unread) -> bool:
        """Whether the tables still have all the rows that were read."""
        return self._read[0] <= answers.rows and self._read[1] <= outcomes.rows

    def read(self, answers: Unread, outcomes: Unread) -> None:
        """Keep what lies in the tables."""
        for part in answers.stored():
            keys, rows = self._unknown(part)
            self._answers.add(keys, len(self._mine) + np.arange(len(keys)))
            self._mine = np.concatenate([self._mine, self._of_version(rows)])
            self._outputs = pa.concat_tables([self._outputs, rows.select(OUTPUTS)])
            if self._outputs.column(0).num_chunks > CHUNKS:
                self._outputs = self._outputs.combine_chunks()
        for part in replace(outcomes, columns=("prediction", "learned_at")).stored():
            self._tell(*_learned(part))
        self._read = (answers.rows, outcomes.rows)

    def final(self, fresh: pa.Table, outcomes: Unread, first: int, last: int, least: int) -> pa.Table:
        """What `KeptFinals.between` answers; `fresh` are answers that are not in the tables yet."""
        keys, rows = self._unknown(fresh)
        mine = np.concatenate([self._mine, self._of_version(rows)])
        own = IdIndex()
        own.add(keys, len(self._mine) + np.arange(len(keys)))
        told = self._told_between(outcomes.fresh, first, last)
        places = np.maximum(self._answers.find(told), own.find(told))  # it is in one of them, or nowhere
        told = told[(places != NOWHERE) & mine[places]] if len(mine) else told[:0]
        if len(told) < least:
            return NONE
        truths = _only_ones(outcomes, told, first)
        found = keys_of(truths["prediction"])
        outputs = pa.concat_tables([self._outputs, rows.select(OUTPUTS)])
        at: Numbers = np.maximum(self._answers.find(found), own.find(found))
        outputs = outputs.take(at)
        columns: dict[str, Column] = {"id": truths["prediction"], "learned_at": truths["learned_at"]}
        columns |= {name: outputs[name] for name in OUTPUTS}
        return table(columns | {name: truths[name] for name in VALUES})

    def _unknown(self, rows: pa.Table) -> tuple[Numbers, pa.Table]:
        """Those that are not kept, with their keys; of one that was recorded twice the first."""
        keys = keys_of(rows["id"])
        places = np.sort(np.unique(keys, return_index=True)[1])
        places = places[self._answers.find(keys[places]) == NOWHERE]
        return keys[places], rows.take(pa.array(places))

    def _of_version(self, rows: pa.Table) -> Numbers:
        version = self.asked.version
        own = pc.and_(pc.equal(rows["model"], version.model), pc.equal(rows["version"], version.number))
        given = [np.asarray(rows[name].is_valid(), dtype=bool) for name in OUTPUTS]
        flags: Numbers = np.asarray(own, dtype=bool) & np.logical_or.reduce(given)
        return flags

    def _tell(self, keys: Numbers, learned: Numbers) -> None:
        places = self._told.find(keys)
        new = places == NOWHERE
        again = places[~new]
        self._first[again] = np.minimum(self._first[again], learned[~new])
        self._told.add(keys[new], len(self._keys) + np.arange(new.sum()))
        self._keys = np.concatenate([self._keys, keys[new]])
        self._first = np.concatenate([self._first, learned[new]])

    def _told_between(self, fresh: pa.Table, first: int, last: int) -> Numbers:
        """The keys whose first outcome was learned then."""
        keys, learned = _learned(fresh)
        places = self._told.find(keys)
        before = np.append(self._first, NEVER)[places]  # NOWHERE is the last place
        inside = self._keys[(first <= self._first) & (self._first <= last)]
        learned = np.minimum(learned, before)
        return np.concatenate(
            [np.setdiff1d(inside, keys, assume_unique=True), keys[(first <= learned) & (learned <= last)]]
        )


def _only_ones(outcomes: Unread, told: Numbers, first: int) -> pa.Table:
    """The settled outcomes for these keys, of which none was learned before, where no other revision counts."""
    received = outcomes.where(pc.field("learned_at") >= pa.scalar(first, MOMENT))
    received = received.filter(pa.array(np.isin(keys_of(received["prediction"]), told)))
    counting = that_count(settled(received))
    corrected = counting.filter(pc.greater(counting["revision"], 1))["prediction"].combine_chunks()
    kept = counting.filter(pc.less_equal(counting["revision"], 1))
    return kept.filter(pc.invert(pc.is_in(kept["prediction"], value_set=corrected)))


def _learned(rows: pa.Table) -> tuple[Numbers, Numbers]:
    """The keys that outcomes came for, each once, and when the first of them was learned."""
    return earliest(keys_of(rows["prediction"]), np.asarray(microseconds(rows["learned_at"])))


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // timedelta(microseconds=1)
