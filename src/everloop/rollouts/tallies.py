"""Counts of the rows of a rollout: they add up, and what was counted can be taken back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from everloop.ledger.arrow import Numbers
from everloop.rollouts.frame import CANDIDATE, CHAMPION, Frame
from everloop.rollouts.layout import NO_LATENCY
from everloop.rollouts.quality import paired, randomised, weighed
from everloop.rollouts.scores import Scorer
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.quantile import LATENCY_EDGES

MOST_CLASSES = (
    20  # that a shift is looked for in; more are pooled, which may hide a shift and never makes one
)
PART = 1 << 16  # rows that are counted together

Key = tuple[str, float]  # what is counted, and in which stretch, or at which share of the candidate


@dataclass(frozen=True, slots=True)
class Tallies:
    """Counts by what they count. Those of two sets of rows add up to those of both."""

    counts: Mapping[Key, Numbers] = field(default_factory=dict)
    moments: Moments = field(default_factory=Moments)  # of differences that are not counted but measured

    def plus(self, other: "Tallies") -> "Tallies":
        """With the other's rows too."""
        added = {key: self.counts.get(key, 0) + counts for key, counts in other.counts.items()}
        return Tallies({**self.counts, **added}, self.moments.merge(other.moments))

    def minus(self, other: "Tallies") -> "Tallies":
        """Without the other's rows, which are among these."""
        left = {key: self.counts[key] - counts for key, counts in other.counts.items()}
        return Tallies({**self.counts, **left}, _without(self.moments, other.moments))


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts rows in a `Layout`. Those of a request must come together."""

    scorer: Scorer | None  # None where quality cannot be judged
    kinds: int  # of answers: classes, or 0 where they are numbers
    stages: int
    frame: Frame

    def of_all(self, rows: Numbers) -> Tallies:
        """Of all rows of a rollout, a part at a time."""
        found = Tallies()
        for part in _parts(rows):
            found = found.plus(self.of(part))
        return found

    def of(self, rows: Numbers) -> Tallies:
        """Of these rows."""
        if not len(rows):
            return Tallies()
        counts = {("rows", 0.0): self._rows(rows)}
        by_candidate = rows["by"] == CANDIDATE
        counts["answers", 0.0] = np.bincount(rows["stage"][by_candidate], minlength=self.stages)
        requests = rows[np.flatnonzero(np.diff(rows["start"], prepend=-1))]
        starts = np.flatnonzero(np.diff(rows["start"], prepend=-1))
        seen = np.logical_and.reduceat(rows["seen"], starts, axis=0)
        failed = np.logical_or.reduceat(rows["failed_for"], starts, axis=0) & seen
        for stretch in np.unique(requests["stretch"]):
            here = requests["stretch"] == stretch
            counts["errors", float(stretch)] = np.stack([failed[here].sum(axis=0), seen[here].sum(axis=0)])
            counts["latency", float(stretch)] = _latencies(requests[here])
            counts["made", float(stretch)] = self._made(rows[rows["stretch"] == stretch])
        return Tallies(counts).plus(self.quality(rows))

    def quality(self, rows: Numbers) -> Tallies:
        """Of these rows, which of the two was better. They may be any rows."""
        if self.scorer is None or not len(rows):
            return Tallies()
        if "central" in (rows.dtype.names or ()):
            return self._randomised(rows, self.scorer)
        differences = paired(rows, self.scorer)
        if not self.scorer.counts_right:
            return Tallies(moments=Moments.of(differences))
        signs = np.bincount(np.sign(differences).astype(np.int64) + 1, minlength=3)
        return Tallies({("signs", 0.0): signs})

    def _rows(self, rows: Numbers) -> Numbers:
        """How many, how many are mature, how many truths nobody can read, and how many are of taught rows."""
        unread = taught = 0
        if self.scorer is not None:
            final, truths = self.scorer.truths(rows)
            taught = int((final & rows["taught"]).sum())
            unread = int((final & ~rows["taught"] & np.isnan(truths)).sum())
        return np.array([len(rows), rows["mature"].sum(), unread, taught])

    def _made(self, rows: Numbers) -> Numbers:
        """How often the candidate made this of a row, and the champion that."""
        made = rows["made"]
        if self.kinds:
            kinds = max(2, min(self.kinds, MOST_CLASSES))
            places = made[(made >= 0).all(axis=1)].astype(np.int64) % MOST_CLASSES
        else:
            kinds = len(self.frame.edges) + 1
            made = made[~np.isnan(made).any(axis=1) & ~rows["binning"]]
            places = np.searchsorted(self.frame.edges, made)
        pairs = places[:, CANDIDATE] * kinds + places[:, CHAMPION]
        return np.bincount(pairs, minlength=kinds * kinds).reshape(kinds, kinds)

    def _randomised(self, rows: Numbers, scorer: Scorer) -> Tallies:
        scores, shares, own = randomised(rows, scorer)
        if not scorer.counts_right:
            return Tallies(moments=Moments.of(weighed(scores, shares, own, self.frame)))
        counts = {}
        for share in np.unique(shares):
            at = shares == share
            arms = [np.bincount(scores[at & arm].astype(np.int64), minlength=2) for arm in (~own, own)]
            counts["reactions", float(share)] = np.stack(arms)
        return Tallies(counts)


def _latencies(requests: Numbers) -> Numbers:
    """Of what either answered without failing."""
    found = []
    for arm in (CHAMPION, CANDIDATE):
        answered = (requests["by"] == arm) & ~requests["failed"] & (requests["latency"] != NO_LATENCY)
        found.append(np.bincount(requests["latency"][answered], minlength=len(LATENCY_EDGES) + 1))
    return np.stack(found)


def _parts(rows: Numbers) -> Iterator[Numbers]:
    """All rows of a rollout in parts of a bounded size that divide no request."""
    begin = 0
    while begin < len(rows):
        end = begin + PART
        if end < len(rows) and rows["start"][end] < end:
            end = int(rows["start"][end] + rows["size"][end])
        yield rows[begin:end]
        begin = end


def _without(moments: Moments, part: Moments) -> Moments:
    """The inverse of `Moments.merge`."""
    rows = moments.rows - part.rows
    if not rows or not part.rows:
        return moments if rows else Moments()
    average = (moments.average * moments.rows - part.average * part.rows) / rows
    apart = part.average - average
    squares = moments.squares - part.squares - apart * apart * rows * part.rows / moments.rows
    return Moments(rows=rows, average=average, squares=max(0.0, squares))
