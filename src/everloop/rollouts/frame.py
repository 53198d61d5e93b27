"""What the first rows of a rollout fix for all later ones: the bins of numbers, and the centre of an effect."""

from dataclasses import dataclass, field

import numpy as np

from everloop.ledger.arrow import Numbers
from everloop.rollouts.scores import Scorer

BIN_ROWS = 100  # the first, whose answers of the champion give the bins of numbers; they count no further
CENTRE_ROWS = 50  # the first to be known, from which the effect's centre is taken; they count no further
TENTHS = np.linspace(0.1, 0.9, 9)
NEVER = np.iinfo(np.int64).max
CHAMPION, CANDIDATE = 0, 1  # the places of the arms


@dataclass(frozen=True, slots=True)
class Frame:
    """The bins and the centre, and before which moment a row would change them."""

    edges: Numbers = field(default_factory=lambda: np.zeros(1))
    centre: float = 0.0
    bins_until: int = NEVER  # us: when the last of the rows was served that give the bins
    centre_until: tuple[int, int] = (NEVER, NEVER)  # us: when its truth was final, and when it was served

    @classmethod
    def of(cls, rows: Numbers, scorer: Scorer | None) -> "Frame":
        """Of all rows of a rollout. Marks those in `rows` that it rests on."""
        edges, bins_until = np.zeros(1), NEVER
        if "binning" in (rows.dtype.names or ()):
            edges, bins_until = _bins(rows)
        if "central" not in (rows.dtype.names or ()) or scorer is None:
            return cls(edges, 0.0, bins_until)
        rows["central"] = False
        eligible = np.flatnonzero(counts(rows, scorer))
        order = eligible[np.lexsort((rows["served"][eligible], rows["moment"][eligible]))]
        first = order[:CENTRE_ROWS]
        rows["central"][first] = True
        centre = float(own_scores(rows[first], scorer).mean()) if len(first) else 0.0
        full = len(first) == CENTRE_ROWS
        last = rows[first[-1]] if full else None
        until = (NEVER, NEVER) if last is None else (int(last["moment"]), int(last["served"]))
        return cls(edges, centre, bins_until, until)

    def is_changed_by(self, before: Numbers, after: Numbers, scorer: Scorer | None) -> bool:
        """Whether it would be another one with `after` in place of the rows `before`, which lead `after`."""
        old, new = after[: len(before)], after[len(before) :]
        if "binning" in (after.dtype.names or ()):
            marked = before["binning"]
            was, made = (rows["made"][marked, CHAMPION] for rows in (before, old))
            moved = not np.array_equal(was, made, equal_nan=True)
            if moved or (new["served"] < self.bins_until).any():
                return True
        return (
            "central" in (after.dtype.names or ())
            and scorer is not None
            and self._moves(before, after, scorer)
        )

    def _moves(self, before: Numbers, after: Numbers, scorer: Scorer) -> bool:
        counted, counting = counts(before, scorer), counts(after, scorer)
        known = np.zeros(len(after), bool)
        known[: len(before)] = counted & counting[: len(before)]
        known[: len(before)] &= before["moment"] == after["moment"][: len(before)]
        marked = before["central"]
        if not known[: len(before)][marked].all():
            return True
        was, scores = (own_scores(rows[: len(before)][marked], scorer) for rows in (before, after))
        if not np.array_equal(was, scores):
            return True
        fresh = after[counting & ~known]
        moment, served = self.centre_until
        early = (fresh["moment"] < moment) | ((fresh["moment"] == moment) & (fresh["served"] < served))
        return bool(early.any())


def counts(rows: Numbers, scorer: Scorer) -> Numbers:
    """Of a reaction: which rows chance gave to either, are the first of their callers, and have been scored.

    Rows like one that either version was fitted on are not among them.
    """
    either = (rows["by"] <= CANDIDATE) & (rows["share"] > 0) & (rows["share"] < 1) & ~rows["taught"]
    counting: Numbers = rows["first"] & either & np.isfinite(own_scores(rows, scorer))
    return counting


def own_scores(rows: Numbers, scorer: Scorer) -> Numbers:
    """The scores of the answers that were given."""
    own = rows["by"] == CANDIDATE
    scores: Numbers = np.where(own, scorer.scores(rows, CANDIDATE), scorer.scores(rows, CHAMPION))
    return scores


def _bins(rows: Numbers) -> tuple[Numbers, int]:
    """The edges of tenths, and when the last row was served that they rest on. Marks these."""
    rows["binning"] = False
    first = np.argsort(rows["served"], kind="stable")[:BIN_ROWS]
    rows["binning"][first] = True
    answers = rows["made"][first, CHAMPION]
    edges = np.unique(np.nanquantile(answers, TENTHS)) if np.isfinite(answers).any() else np.zeros(1)
    return edges, int(rows["served"][first[-1]]) if len(first) == BIN_ROWS else NEVER
