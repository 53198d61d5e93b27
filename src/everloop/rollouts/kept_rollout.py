"""A rollout that is looked at again and again: what was read once is counted once."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc
from everloop.ledger.ledger import Ledger
from everloop.ledger.taught import TaughtToAny
from everloop.ledger.unread import Unread
from everloop.records.target import TargetRule
from everloop.rollouts.change import Change, changed, due
from everloop.rollouts.frame import Frame
from everloop.rollouts.kept_rows import KeptRows
from everloop.rollouts.observed import Judged, Observed
from everloop.rollouts.tallies import Tallies


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows of a rollout are."""

    ledger: Ledger
    endpoint: str
    rollout: str
    target: TargetRule
    since: datetime
    taught: TaughtToAny  # rows that either version was fitted on


class KeptRollout:
    """What a rollout's rows say, as `observe` would say it of all of them; a look costs what is new.

    Rows in the ledger's tables are read once and kept in a few bytes each; those of segments are laid over them at
    each look until they are in a table. A new one reads everything, a part at a time. Not for two threads at once.
    """

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._begin()

    def look(self, source: Source, now: datetime) -> Observed:
        """As it stands at `now`. Raises what the ledger does; the next look then begins anew."""
        if self._seen_at is not None and now < self._seen_at:
            self._begin()  # a clock that was set back: windows that had closed are open
        try:
            return self._look(source, now)
        except BaseException:
            self._begin()
            raise

    def _begin(self) -> None:
        self._rows = KeptRows(self._judged.layout)
        self._frame = Frame()
        self._tallies = Tallies()
        self._orphans: pa.Table | None = None
        self._read = (0, 0)  # rows of the tables of predictions and of outcomes
        self._past: tuple[Column, pa.Table] | None = None
        self._seen_at: datetime | None = None

    def _look(self, source: Source, now: datetime) -> Observed:
        seen, received = self._unread(source)
        if seen.rows < self._read[0] or received.rows < self._read[1]:
            self._begin()  # a table was restored
            seen, received = self._unread(source)
        self._mature(now)
        for part in seen.stored():
            self._fold(part, received.fresh.slice(0, 0), received, now)
        for part in received.stored():
            self._fold(seen.fresh.slice(0, 0), part, received, now)
        if received.rows != self._read[1]:
            self._past = None
        self._read, self._seen_at = (seen.rows, received.rows), now
        change = self._changed(seen.fresh, received.fresh, received, now, stored=False)
        _, frame, tallies = self._counted(change)
        return self._judged.observed(tallies, frame)

    def _unread(self, source: Source) -> tuple[Unread, Unread]:
        return source.ledger.unread_rollout(
            source.endpoint,
            source.rollout,
            source.target,
            since=source.since,
            probabilities=self._judged.layout.probabilities,
            taught=source.taught,
            after=self._read,
        )

    def _mature(self, now: datetime) -> None:
        if self._judged.layout.within_us is not None:
            self._enter(due(self._rows, self._judged.layout, now))

    def _fold(self, seen: pa.Table, received: pa.Table, outcomes: Unread, now: datetime) -> None:
        change = self._changed(seen, received, outcomes, now, stored=True)
        self._orphans = change.orphans
        self._enter(change)

    def _enter(self, change: Change) -> None:
        change, self._frame, self._tallies = self._counted(change)
        change.enter(self._rows)

    def _changed(
        self, seen: pa.Table, received: pa.Table, outcomes: Unread, now: datetime, *, stored: bool
    ) -> Change:
        return changed(
            self._rows,
            self._judged.layout,
            seen,
            received,
            self._orphans,
            now,
            lambda ids: self._history(outcomes, ids) if not stored else outcomes.about("prediction", ids),
            stored=stored,
        )

    def _history(self, outcomes: Unread, ids: Column) -> pa.Table:
        """All stored outcomes of these predictions; those that were asked for since the table grew are kept."""
        asked, found = self._past if self._past is not None else (ids[:0], outcomes.fresh.slice(0, 0))
        missing = ids.filter(pc.invert(pc.is_in(ids, value_set=asked)))
        if len(missing):
            more = outcomes.about("prediction", missing).cast(found.schema)
            asked, found = pa.concat_arrays([asked, missing]), pa.concat_tables([found, more])
            self._past = asked, found
        return found.filter(pc.is_in(found["prediction"], value_set=ids))

    def _counted(self, change: Change) -> tuple[Change, Frame, Tallies]:
        """The change, and what all rows come to with it. Where it moves the frame, it is one of all rows."""
        judged = self._judged
        if not self._frame.is_changed_by(change.before, change.after, judged.scorer):
            counter = judged.counter(self._frame)
            tallies = self._tallies.minus(counter.of(change.before)).plus(counter.of(change.after))
            return change, self._frame, tallies
        known, old = len(self._rows), len(change.places)
        rows = np.concatenate([self._rows.all, change.after[old:]])
        rows[change.places] = change.after[:old]
        frame = Frame.of(rows, judged.scorer)
        change = replace(change, places=np.arange(known), before=rows[:0], after=rows)
        return change, frame, judged.counter(frame).of_all(rows)
