"""Rows of a rollout in some 40 bytes each: all that its verdicts rest on, and nothing that could be told from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc
from everloop.records.routes import CANDIDATE, CHAMPION
from everloop.records.target import TargetRule
from everloop.rollouts.coding import NONE, Coding
from everloop.statistics.sequential.quantile import LATENCY_EDGES

ARMS = (CHAMPION, CANDIDATE)  # their places in fields of two
NEITHER = 2
NO_LATENCY = 255
DAY_US = timedelta(days=1) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How rows are laid out, in an array of records; see `fields`."""

    coding: Coding
    target: TargetRule
    steps: tuple[float, ...]
    since: datetime
    probabilities: bool = False

    @property
    def randomised(self) -> bool:
        """Whether only what chance decided counts."""
        return self.target.truth == "reaction"

    @property
    def within_us(self) -> int | None:
        """The target's window."""
        within = self.target.within
        return None if within is None else within // timedelta(microseconds=1)

    def fields(self) -> np.dtype[Any]:
        """The fields of a row. Of two places the first is the champion's."""
        code = self.coding.stored
        fields: list[Any] = [
            ("served", np.int64),  # us since the epoch
            ("start", np.int32),  # the place of its request's first row: a request's rows lie together
            ("size", np.int32),  # how many rows that has
            ("stretch", np.int16),  # from 1; one more with each step of the shares, and each day
            ("stage", np.uint8),  # the number of the step in the plan, from 0
            ("latency", np.uint8),  # the place among LATENCY_EDGES
            ("by", np.uint8),  # who answered
            ("failed", np.bool_),  # whether the one who answered did
            ("seen", np.bool_, (2,)),  # whether either had the row, to answer or as a shadow
            ("failed_for", np.bool_, (2,)),
            ("made", code, (2,)),
            ("value", code),  # of its outcome
            ("given", np.bool_),  # whether it has one that counts
            ("told", np.bool_),  # whether any came
            ("mature", np.bool_),
            ("taught", np.bool_),  # to either, a row like it: what they make of it is memory
        ]
        if self.coding.classes is None:
            fields += [("binning", np.bool_)]  # among the first rows, which give the bins
        if self.randomised:
            fields += [
                ("share", np.float64),  # the candidate's
                ("first", np.bool_),  # of its caller's
                ("moment", np.int64),  # when its truth was final
                ("central", np.bool_),  # among the first truths, which give the centre
            ]
        if self.probabilities and self.coding.classes is not None:
            fields += [("chances", np.float32, (2, len(self.coding.classes)))]
        return np.dtype(fields)

    def answers(self, rows: pa.Table) -> tuple[Numbers, pa.Table]:
        """Answers as the ledger has them, each with what its own version made of it; and `rows` in the same order."""
        own = np.asarray(pc.equal(rows["variant"], CANDIDATE))
        share = np.asarray(rows["share"], np.float64)
        found, order = self._requests(rows, np.where(own, share, 1.0 - share))
        rows = rows.take(order)
        codes, failed = self.coding.labels(rows, "output"), np.asarray(rows["error"].is_valid())
        for place, who in enumerate(ARMS):
            mine = found["by"] == place
            found["seen"][:, place] = mine
            found["failed_for"][:, place] = mine & failed
            found["made"][:, place] = np.where(mine, codes, self._nothing())
            if "chances" in (found.dtype.names or ()):
                found["chances"][mine, place] = self.chances(rows.filter(pa.array(mine)), who)
        found["value"] = self._nothing()
        return found, rows

    def rollout(self, rows: pa.Table) -> tuple[Numbers, pa.Table]:
        """Rows of `Ledger.rollout`, whose truths are known already; and `rows` in the same order."""
        found, order = self._requests(rows, np.asarray(rows["candidate_share"], np.float64))
        rows = rows.take(order)
        for place, who in enumerate(ARMS):
            found["seen"][:, place] = np.asarray(rows[f"{who}_seen"])
            found["failed_for"][:, place] = np.asarray(rows[f"{who}_failed"])
            found["made"][:, place] = self.coding.column(rows[who])
            if "chances" in (found.dtype.names or ()):
                found["chances"][:, place] = self._given(rows[f"{who}_probabilities"], who)
        found["given"] = np.asarray(rows["truth"].is_valid())
        found["value"] = self.coding.column(rows["truth"])
        found["mature"] = np.asarray(pc.fill_null(rows["mature"], False))
        if self.randomised:
            moment = pc.coalesce(rows["mature_at"], rows["learned_at"]).cast(pa.int64())
            found["moment"] = np.asarray(pc.fill_null(moment, 0))
            keys = np.asarray(rows["key_hash"].to_pylist(), dtype=object)
            found["first"] = first_of_each(keys, keys != "")
        return found, rows

    def chances(self, rows: pa.Table, who: str) -> Numbers:
        """What `who` gave to each class, in the ledger's rows of its own answers."""
        return self._given(rows["probabilities"], who)

    def _given(self, column: Column, who: str) -> Numbers:
        assert self.coding.classes is not None
        return self.coding.classes.chances(column, who)

    def _nothing(self) -> float:
        return np.nan if self.coding.classes is None else NONE

    def _requests(self, rows: pa.Table, candidate_share: Numbers) -> tuple[Numbers, Numbers]:
        """What is known of the rows' requests, and the order in which each request's rows lie together.

        A worker answers many requests at one moment; their latency, and who answered, tell them apart.
        """
        served, latency = _integers(rows["served_at"]), _floats(rows["latency_ms"])
        by = _arms(rows["variant"])
        token = pc.replace_substring_regex(rows["id"], r"-[^-]*$", "").combine_chunks().dictionary_encode()
        order = np.lexsort((by == 1, latency, served))
        new = np.zeros(len(order), bool)
        new[:1] = True
        for given in (served, latency, by == 1, np.asarray(token.indices)):
            new[1:] |= given[order][1:] != given[order][:-1]
        starts = np.flatnonzero(new)
        sizes = np.diff(starts, append=len(order))
        found = np.zeros(len(order), self.fields())
        found["start"], found["size"] = np.repeat(starts, sizes), np.repeat(sizes, sizes)
        found["served"], found["by"] = served[order], by[order]
        places = np.searchsorted(np.asarray(LATENCY_EDGES), latency[order], side="right")
        found["latency"] = np.where(np.isnan(latency[order]), NO_LATENCY, places)
        found["failed"] = np.asarray(rows["error"].is_valid())[order]
        found["taught"] = np.asarray(rows["taught"])[order]
        middles = (np.asarray(self.steps[1:]) + np.asarray(self.steps[:-1])) / 2
        found["stage"] = np.searchsorted(middles, candidate_share[order])
        began = round(self.since.timestamp() * 1e6)
        found["stretch"] = 1 + found["stage"] + np.maximum(0, served[order] - began) // DAY_US
        if self.randomised:
            found["share"] = candidate_share[order]
            if self.within_us is not None:
                found["moment"] = found["served"] + self.within_us
        return found, order


def first_of_each(keys: Numbers, known: Numbers) -> Numbers:
    """Which rows are the first of their key; those whose key is not known all are."""
    first: Numbers = ~known
    places = np.flatnonzero(known)
    first[places[np.unique(keys[places], return_index=True)[1]]] = True
    return first


def _arms(variants: Column) -> Numbers:
    found = pc.index_in(variants, value_set=pa.array(ARMS))
    return np.asarray(pc.fill_null(found, NEITHER), np.uint8)


def _integers(column: Column) -> Numbers:
    return np.asarray(column.cast(pa.int64()))


def _floats(column: Column) -> Numbers:
    return np.asarray(pc.fill_null(column, np.nan), np.float64)
