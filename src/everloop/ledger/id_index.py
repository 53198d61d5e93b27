"""Where rows are, by their ids: 12 bytes an id, and none of the ids themselves."""

from dataclasses import dataclass, field

import numpy as np

from everloop.ledger.arrow import Column, Numbers, table
from everloop.ledger.sql import run

NOWHERE = -1


def keys_of(ids: Column) -> Numbers:
    """A number of 64 bits for each id. They mean something in this process only."""
    if not len(ids):
        return np.zeros(0, np.uint64)
    return np.asarray(run("hash", {"named": table({"id": ids})})["key"].to_numpy(), np.uint64)


def earliest(keys: Numbers, moments: Numbers) -> tuple[Numbers, Numbers]:
    """Each key once, with the first of its moments."""
    order = np.lexsort((moments, keys))
    keys, moments = keys[order], moments[order]
    first = np.diff(keys, prepend=keys[:1] + np.uint64(1)) != 0
    return keys[first], moments[first]


@dataclass(slots=True)
class IdIndex:
    """The places of keys, in sorted runs of which each is at least twice as long as the next.

    To add a few keys to a million merges a few short runs; to find them searches twenty at most.
    """

    _runs: list[tuple[Numbers, Numbers]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(keys) for keys, _ in self._runs)

    def add(self, keys: Numbers, places: Numbers) -> None:
        """Let these keys, each of them once, be at these places; a key that was elsewhere is there no more."""
        run = _sorted(keys, places.astype(np.int32))
        while self._runs and len(self._runs[-1][0]) < 2 * len(run[0]):
            older = self._runs.pop()
            run = _sorted(*(np.concatenate(pair) for pair in zip(run, older, strict=True)))
        if len(run[0]):
            self._runs.append(run)

    def find(self, keys: Numbers) -> Numbers:
        """The place of each key, `NOWHERE` of one that is not there."""
        found: Numbers = np.full(len(keys), NOWHERE, np.int64)
        for known, places in reversed(self._runs):  # the newest first
            at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            hit = (known[at] == keys) & (found == NOWHERE)
            found[hit] = places[at[hit]]
        return found


def _sorted(keys: Numbers, places: Numbers) -> tuple[Numbers, Numbers]:
    order = np.argsort(keys, kind="stable")  # of equal keys the newer one, given first, is found
    return keys[order], places[order]
