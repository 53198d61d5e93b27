"""What rows that came since change in a rollout: the rows that they touch, as they were and as they are now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc, table
from everloop.ledger.id_index import NOWHERE, IdIndex, keys_of
from everloop.ledger.join import matched
from everloop.ledger.prediction_rows import MOMENT
from everloop.ledger.settled import settled
from everloop.rollouts.kept_rows import KeptRows
from everloop.rollouts.layout import ARMS, Layout, first_of_each

History = Callable[[Column], pa.Table]  # all outcomes that are stored, of predictions with these ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Rows of whole requests. `after` begins with those of `before`; the new ones follow."""

    places: Numbers  # of the rows before
    before: Numbers
    after: Numbers
    keys: Numbers  # of the new rows
    callers: tuple[Numbers, Numbers]  # whose first row it shows, and where that is
    orphans: pa.Table | None  # shadows of answers that were not seen yet
    strays: Numbers  # keys of such predictions, of which outcomes came

    def enter(self, kept: KeptRows) -> None:
        """Keep it."""
        kept.callers.add(*self.callers)
        kept.strays.add(self.strays, np.zeros(len(self.strays), np.int64))
        kept.put(self.places, self.after, self.keys)


def due(kept: KeptRows, layout: Layout, now: datetime) -> Change:
    """Rows whose windows have closed by now. They are due once: enter the change."""
    assert layout.within_us is not None
    upto = _microseconds(now) - layout.within_us
    places = kept.requests_of(kept.due(upto))
    before = kept.all[places]
    after = before.copy()
    after["mature"] = after["served"] <= upto
    nothing: Numbers = np.zeros(0, np.uint64)
    none = (nothing, nothing.astype(np.int64))
    return Change(
        places=places, before=before, after=after, keys=nothing, callers=none, orphans=None, strays=nothing
    )


def changed(
    kept: KeptRows,
    layout: Layout,
    seen: pa.Table,
    received: pa.Table,
    orphans: pa.Table | None,
    now: datetime,
    history: History,
    *,
    stored: bool,
) -> Change:
    """What answers with shadows and outcomes change, which are in the ledger's tables for good if they are `stored`.

    `history` shows all outcomes that are stored, these too. It is asked where more than one outcome came for a row.
    """
    shadows = seen.filter(seen["shadow"])
    if orphans is not None:
        shadows = pa.concat_tables([orphans, shadows], promote_options="default")
    new, answers = layout.answers(seen.filter(pc.invert(seen["shadow"])))
    new["start"] += len(kept)
    keys = keys_of(answers["id"])
    own = IdIndex()
    own.add(keys, len(kept) + np.arange(len(keys)))
    touch = _Touch(kept, own)
    of_shadows, of_outcomes = touch.places(shadows["id"]), touch.places(received["prediction"])
    displaced, callers = _first_of_callers(kept, layout, new, answers)
    touched = np.concatenate([of_shadows, of_outcomes, displaced])
    places = kept.requests_of(np.unique(touched[(touched >= 0) & (touched < len(kept))]))
    before = kept.all[places]
    after = np.concatenate([before, new])
    rows = _Rows(layout, places, len(kept), after)
    if layout.randomised:
        after["first"][rows.at(displaced)] = False
    rows.show(shadows, of_shadows)
    known = received.filter(pa.array(of_outcomes != NOWHERE))
    early = answers["id"].filter(pa.array(kept.strays.find(keys) != NOWHERE))
    rows.tell(known, early, touch, now, history, stored=stored)
    lost = np.unique(keys_of(received["prediction"].filter(pa.array(of_outcomes == NOWHERE))))
    return Change(
        places=places,
        before=before,
        after=after,
        keys=keys,
        callers=callers,
        orphans=shadows.filter(pa.array(of_shadows == NOWHERE)),
        strays=lost[kept.strays.find(lost) == NOWHERE],
    )


@dataclass(frozen=True, slots=True)
class _Touch:
    kept: KeptRows
    own: IdIndex  # of the new rows, whose places follow those of the kept ones

    def places(self, ids: Column) -> Numbers:
        keys = keys_of(ids)
        found = self.kept.index.find(keys)
        return np.where(found == NOWHERE, self.own.find(keys), found)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a change, by the places that they have among all."""

    layout: Layout
    places: Numbers
    kept: int
    after: Numbers

    def at(self, places: Numbers) -> Numbers:
        old = np.searchsorted(self.places, places)
        return np.where(places < self.kept, old, len(self.places) + places - self.kept)

    def show(self, shadows: pa.Table, places: Numbers) -> None:
        """Enter what shadows made of rows; what came first counts."""
        for arm, who in enumerate(ARMS):
            mine = np.flatnonzero((places != NOWHERE) & np.asarray(pc.equal(shadows["variant"], who)))
            mine = mine[first_of_each(places[mine], np.ones(len(mine), bool))]
            mine = mine[~self.after["seen"][self.at(places[mine]), arm]]
            if not len(mine):
                continue
            rows, at = shadows.take(mine), self.at(places[mine])
            self.after["seen"][at, arm] = True
            self.after["failed_for"][at, arm] = np.asarray(rows["error"].is_valid())
            self.after["made"][at, arm] = self.layout.coding.labels(rows, "output")
            if "chances" in (self.after.dtype.names or ()):
                self.after["chances"][at, arm] = self.layout.chances(rows, who)

    def tell(
        self,
        received: pa.Table,
        early: Column,
        touch: _Touch,
        now: datetime,
        history: History,
        *,
        stored: bool,
    ) -> None:
        """Enter the outcomes that count, and what is mature."""
        told = self.after["told"][self.at(touch.places(received["prediction"]))]
        again = pa.concat_tables(
            [
                table({"id": received["prediction"].filter(pa.array(told)).cast(pa.string())}),
                table({"id": early.cast(pa.string())}),
            ]
        )["id"].unique()
        if len(again):
            past = history(again).cast(received.schema)
            if stored:
                fresh = pc.invert(pc.is_in(received["prediction"], value_set=again))
                received = received.filter(fresh)
            received = pa.concat_tables([past, received])
        if received.num_rows:
            self._settle(received, touch, now)
        within = self.layout.within_us
        self.after["mature"] = (
            self.after["given"] if within is None else self.after["served"] <= _microseconds(now) - within
        )

    def _settle(self, received: pa.Table, touch: _Touch, now: datetime) -> None:
        ids = received["prediction"].unique()
        at = self.at(touch.places(ids))
        served: Any = pa.array(self.after["served"][at]).cast(MOMENT)
        match = matched(table({"id": ids, "served_at": served}), settled(received), self.layout.target, now)
        self.after["told"][at] = True
        self.after["given"][at] = np.asarray(match.outcomes["prediction"].is_valid())
        self.after["value"][at] = self.layout.coding.labels(match.outcomes, "value")
        if self.layout.randomised and self.layout.within_us is None:
            learned = pc.fill_null(match.outcomes["learned_at"].cast(pa.int64()), 0)
            self.after["moment"][at] = np.asarray(learned)


def _first_of_callers(
    kept: KeptRows, layout: Layout, new: Numbers, answers: pa.Table
) -> tuple[Numbers, tuple[Numbers, Numbers]]:
    """The kept rows that are their callers' first no more; and the callers whose first are new, with the places."""
    nothing: Numbers = np.zeros(0, np.int64)
    if not layout.randomised:
        return nothing, (np.zeros(0, np.uint64), nothing)
    callers = answers["key_hash"]
    named = np.asarray(pc.not_equal(callers, ""))
    new["first"] = ~named
    places, keys = np.flatnonzero(named), keys_of(callers.filter(pa.array(named)))
    first = first_of_each(keys, np.ones(len(keys), bool))
    places, keys = places[first], keys[first]
    known = kept.callers.find(keys)
    later = (known != NOWHERE) & (kept.all["served"][known] <= new["served"][places] if len(kept) else False)
    displaced = known[(known != NOWHERE) & ~later]
    places, keys = places[~later], keys[~later]
    new["first"][places] = True
    return displaced, (keys, len(kept) + places)


def _microseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // timedelta(microseconds=1)
