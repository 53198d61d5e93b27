"""Two sets of answers to the same rows, compared under a metric: no worse, or better."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.case import Case
from everloop.evaluation.contender import Answers
from everloop.evidence.metrics import Metric, metric_named
from everloop.evidence.policies.better import Better
from everloop.evidence.policies.doubling import Doubling, look_at, rows_at
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.scored_rows import ScoredRows
from everloop.records.verdict import Verdict
from everloop.statistics.sequential.bounded_mean import BoundedMean
from everloop.statistics.sequential.mean_state import MeanState
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.sign_counts import SignCounts

pc: Any = _compute
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ERROR = 0.05  # of a wrong pass, over all looks at all rivals
WRONG_FAIL = 0.005  # of a wrong fail, over all looks
DRAWS = 400  # of the bootstrap, where a metric is no mean of rows
AT_ONCE = 4_000_000  # weights in memory
LARGEST_BRIER = 2.0  # squared distance of two distributions
WORST = {"accuracy": 0.0, "brier": LARGEST_BRIER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The candidate's answers beside others', on all rows of the case or on those of `rows`.

    `error` is the chance of a wrong pass, which rivals share. `parts` are comparisons that share the chance of a wrong
    fail, as slices do.
    """

    case: Case
    metric: str
    ours: Answers
    theirs: Answers
    against: str
    rows: Flags | None = None
    error: float = ERROR
    parts: int = 1
    name: str = ""

    def no_worse(self, margin: float) -> Verdict:
        """Whether the candidate is less than `margin` worse, in the metric's unit."""
        alpha, fail = self._errors()
        if self._metric.per_row is None:
            return self._doubling(Doubling(pass_above=-margin, fail_below=0.0, alpha=alpha, alpha_fail=fail))
        policy = NoWorse(margin=margin, alpha=alpha, alpha_fail=fail)
        return policy.judge(self._state(), name=self.name or self.metric, against=self.against)

    def better(self) -> Verdict:
        """Whether the candidate is better."""
        alpha, fail = self._errors()
        if self._metric.per_row is None:
            return self._doubling(Doubling(pass_above=0.0, fail_below=0.0, alpha=alpha, alpha_fail=fail))
        policy = Better(alpha=alpha, alpha_fail=fail)
        return policy.judge(self._state(), name=self.name or self.metric, against=self.against)

    def gain(self) -> float | None:
        """By how much the candidate is better on these rows, in the metric's unit; None where that is not defined."""
        if self._metric.per_row is not None:
            return self._state().mean
        ours, theirs = self._scored(self.ours), self._scored(self.theirs)
        found = _difference(self._metric, ours, theirs, np.ones((1, len(ours))))[0] if len(ours) else np.nan
        return float(found) if np.isfinite(found) else None

    @property
    def _metric(self) -> Metric:
        return metric_named(self.metric)

    def _errors(self) -> tuple[float, float]:
        return self.error / self.case.rivals, WRONG_FAIL / self.case.rivals / self.parts

    def _chosen(self) -> Flags:
        return np.ones(self.case.rows, dtype=bool) if self.rows is None else self.rows

    def _state(self) -> MeanState:
        gains = self._gains()
        if self.metric == "accuracy":
            return SignCounts.of(gains)
        if self.metric == "brier":
            return BoundedMean.of(gains, low=-LARGEST_BRIER, high=LARGEST_BRIER)
        return Moments.of(gains)

    def _gains(self) -> Numbers:
        """By how much each row is scored better; rows on which the metric is not defined are left out.

        A row without an answer is scored as badly as may be, or where that has no end as the worst row of either.
        """
        chosen = self._chosen()
        ours, theirs = self._row_scores(self.ours, chosen), self._row_scores(self.theirs, chosen)
        seen = np.concatenate([ours[self.ours.given[chosen]], theirs[self.theirs.given[chosen]]])
        limit = _worst(self.metric, seen)
        ours = np.where(self.ours.given[chosen], ours, limit)
        theirs = np.where(self.theirs.given[chosen], theirs, limit)
        gains = self._metric.gains(ours, theirs)
        return gains[~np.isnan(gains)]

    def _row_scores(self, answers: Answers, chosen: Flags) -> Numbers:
        if not chosen.any():
            return np.empty(0)
        probabilities = None if answers.probabilities is None else answers.probabilities[chosen].copy()
        if probabilities is not None:
            probabilities[~answers.given[chosen]] = 1.0  # scored as the worst afterwards
        return self._metric.row_scores(
            answers.values[chosen], probabilities, self.case.truth[chosen], len(self.case.classes)
        )

    def _scored(self, answers: Answers, order: npt.NDArray[np.int64] | None = None) -> ScoredRows:
        places = np.flatnonzero(self._chosen()) if order is None else order
        chances = answers.probabilities
        return ScoredRows(
            answers=_filled(self.case, answers)[places],
            truth=self.case.truth[places],
            probabilities=None if chances is None else chances[places],
            classes=len(self.case.classes),
        )

    def _doubling(self, policy: Doubling) -> Verdict:
        order = _by_knowledge(self.case)
        order = order[self._chosen()[order]]
        look = look_at(len(order))
        difference, error = None, 0.0
        if look:
            first = order[: rows_at(look)]
            ours, theirs = self._scored(self.ours, first), self._scored(self.theirs, first)
            difference, error = _bootstrapped(self._metric, ours, theirs)
        return policy.judge(
            difference,
            error,
            look=look if difference is not None else 0,
            rows=len(order),
            name=self.name or self.metric,
            against=self.against,
        )


def _worst(metric: str, seen: Numbers) -> float:
    """The score of a row without an answer."""
    if metric in WORST:
        return WORST[metric]
    return float(np.fmax.reduce(seen)) if len(seen) else np.nan


def _by_knowledge(case: Case) -> npt.NDArray[np.int64]:
    """The rows in the order in which their truth became final: the first so many stay the same as more come."""
    rows = case.material.rows
    final = pc.coalesce(rows["mature_at"], rows["learned_at"]).cast(pa.timestamp("us", "UTC"))
    return np.argsort(np.asarray(final.cast(pa.int64()), dtype=np.int64), kind="stable")


def _filled(case: Case, answers: Answers) -> Numbers:
    """The answers, and where there is none a wrong class, or a number as far off as the worst."""
    if answers.given.all():
        return answers.values
    if case.classes:
        return np.where(answers.given, answers.values, (case.truth + 1) % len(case.classes))
    off = np.abs(answers.values - case.truth)[answers.given].max(initial=0.0)
    return np.where(answers.given, answers.values, case.truth + off)


def _difference(metric: Metric, ours: ScoredRows, theirs: ScoredRows, weights: Numbers) -> Numbers:
    sign = 1.0 if metric.higher_is_better else -1.0
    found: Numbers = sign * (metric.weighted(ours, weights) - metric.weighted(theirs, weights))
    return found


def _bootstrapped(metric: Metric, ours: ScoredRows, theirs: ScoredRows) -> tuple[float | None, float]:
    """The difference and its standard error, both models on the same draws; None where it is not defined."""
    rows = len(ours)
    value = float(_difference(metric, ours, theirs, np.ones((1, rows)))[0])
    chance, part = np.random.default_rng(0), max(1, AT_ONCE // rows)
    parts = []
    for start in range(0, DRAWS, part):
        weights = chance.multinomial(rows, np.full(rows, 1 / rows), size=min(part, DRAWS - start))
        parts.append(_difference(metric, ours, theirs, weights.astype(np.float64)))
    found = np.concatenate(parts)
    found = found[np.isfinite(found)]
    if not np.isfinite(value) or len(found) < DRAWS / 2:
        return None, 0.0
    return value, float(found.std(ddof=1))
