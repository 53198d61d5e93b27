"""How good an answer to one row is: metrics that are a mean over rows, so that rows can be compared one by one."""

from dataclasses import dataclass

import numpy as np

from everloop.errors import InvalidRequest
from everloop.evidence.metrics import Metric, metric_named, per_row_metrics
from everloop.ledger.arrow import Numbers
from everloop.records.signature import Signature
from everloop.rollouts.coding import Coding

USUAL = {"classification": "accuracy", "regression": "mae"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores rows in a `Layout` by one metric, in terms of all classes that either version knows."""

    metric: Metric
    coding: Coding
    otherwise: float | None = None  # the code of the truth where a window closed without an outcome

    @classmethod
    def of(cls, metric: str, champion: Signature, coding: Coding, otherwise: float | None) -> "Scorer":
        """By this metric, or the task's usual one where it is empty. Raises InvalidRequest for one that is no mean."""
        found = metric_named(metric or USUAL[champion.task])
        known = per_row_metrics(champion.task)
        if found.name not in known:
            raise InvalidRequest(
                f"A rollout of a {champion.task} cannot be judged by {found.name!r}.",
                remedy=f"Choose one that is a mean over rows: {', '.join(known)}.",
            )
        return cls(metric=found, coding=coding, otherwise=otherwise)

    @property
    def counts_right(self) -> bool:
        """Whether a row is right or wrong, and nothing between."""
        return self.metric.name == "accuracy"

    def truths(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Which rows have a truth that is final, and the truths: NaN where there is none, or nobody can read it."""
        final = rows["mature"] & (rows["given"] | (self.otherwise is not None))
        codes = rows["value"]
        if self.otherwise is not None:
            codes = np.where(rows["given"], codes, np.asarray(self.otherwise, codes.dtype))
        return final, np.where(final, self.coding.numbers(codes), np.nan)

    def scores(self, rows: Numbers, arm: int) -> Numbers:
        """Of what this arm made of each row: higher is better, NaN where nobody can say.

        Nobody can where the truth is a class that neither version knows, or no number: both are as wrong as the
        other, and a tie is no evidence. Who gave no answer is not right; how far off it was, nobody can say. An
        answer without probabilities that fit the classes of its version scores worst.
        """
        _, truth = self.truths(rows)
        answers = self.coding.numbers(rows["made"][:, arm], unknown=-1.0)
        known = ~np.isnan(truth) if self.counts_right else ~(np.isnan(truth) | np.isnan(answers))
        classes = self.coding.classes
        chances = None
        if self.metric.needs_probabilities and classes is not None:
            chances = _worst_where_none(rows["chances"][known, arm].astype(np.float64), truth[known])
        scores: Numbers = np.full(len(rows), np.nan)
        width = 0 if classes is None else len(classes)
        scores[known] = self.metric.row_scores(answers[known], chances, truth[known], width)
        return scores if self.metric.higher_is_better else -scores

    def left_out(self, unread: int, taught: int) -> str:
        """Why so many known truths do not count; empty where all do."""
        why = (
            "are classes that neither version knows" if self.coding.classes is not None else "are no numbers"
        )
        counts = {why: unread, "are of rows that a version was fitted on": taught}
        told = [f"{count:,} {reason}" for reason, count in counts.items() if count]
        return f"outcomes that do not count: {', '.join(told)}" if told else ""


def needs_probabilities(metric: str) -> bool:
    """Whether a rollout that is judged by it has to read probabilities; raises InvalidRequest for an unknown one."""
    return bool(metric) and metric_named(metric).needs_probabilities


def _worst_where_none(chances: Numbers, truth: Numbers) -> Numbers:
    """All for a class that is not the truth, in rows without any probability."""
    none = np.flatnonzero(chances.sum(axis=1) == 0)
    chances[none, (truth[none].astype(np.int64) + 1) % max(1, chances.shape[1])] = 1.0
    return chances
