"""The rows of a rollout that were read for good, and where each of them is."""

from typing import Any

import numpy as np

from everloop.ledger.arrow import Numbers
from everloop.ledger.id_index import IdIndex
from everloop.rollouts.layout import Layout

FIRST_ROOM = 1024


class KeptRows:
    """Rows in a `Layout`, found by the keys of their ids, and the callers and moments that later rows depend on."""

    def __init__(self, layout: Layout) -> None:
        self.index = IdIndex()
        self.callers = IdIndex()  # the place of each caller's first row, of a reaction
        self.strays = IdIndex()  # predictions that had an outcome before they were seen, if they ever are
        self._held: Any = np.zeros(FIRST_ROOM, layout.fields())
        self._rows = 0
        self._waiting: tuple[Numbers, Numbers] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._has_window = layout.within_us is not None

    def __len__(self) -> int:
        return self._rows

    @property
    def all(self) -> Numbers:
        """All rows; do not hold on to it while others are added."""
        rows: Numbers = self._held[: self._rows]
        return rows

    def requests_of(self, places: Numbers) -> Numbers:
        """The places of all rows of the requests that have rows at these places, in order."""
        starts = np.unique(self._held["start"][places]).astype(np.int64)
        sizes = self._held["size"][starts].astype(np.int64)
        ends = np.cumsum(sizes)
        return np.repeat(starts - ends + sizes, sizes) + np.arange(sizes.sum())

    def put(self, places: Numbers, rows: Numbers, keys: Numbers) -> None:
        """Rows in place of those at `places`, and those that follow, with the keys of their ids, behind all."""
        added = rows[len(places) :]
        self._held[places] = rows[: len(places)]
        self._make_room(len(added))
        self._held[self._rows : self._rows + len(added)] = added
        new = np.arange(self._rows, self._rows + len(added))
        self._rows += len(added)
        self.index.add(keys, new)
        if self._has_window:
            self._let_wait(new[~added["mature"]])

    def due(self, upto: int) -> Numbers:
        """The places of rows that wait for their windows to close, of those served up to then. They wait no more."""
        served, places = self._waiting
        found = int(np.searchsorted(served, upto, side="right"))
        self._waiting = served[found:], places[found:]
        return places[:found]

    def _let_wait(self, places: Numbers) -> None:
        served = np.concatenate([self._waiting[0], self._held["served"][places]])
        order = np.argsort(served, kind="stable")
        self._waiting = served[order], np.concatenate([self._waiting[1], places])[order]

    def _make_room(self, more: int) -> None:
        wanted = self._rows + more
        if wanted > len(self._held):
            self._held.resize(max(wanted, len(self._held) * 9 // 8), refcheck=False)  # grows in place
