"""How good an answer to one row is: metrics that are a mean over rows, so that rows can be compared one by one."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.evidence.metrics import Metric, metric_named, per_row_metrics
from everloop.ledger.arrow import Column, Numbers
from everloop.ledger.labels import as_numbers
from everloop.records.signature import Signature
from everloop.rollouts.classes import Classes

USUAL = {"classification": "accuracy", "regression": "mae"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores rows of `Ledger.rollout` by one metric, in terms of all classes that either version knows."""

    metric: Metric
    champion: Signature
    candidate: Signature

    @classmethod
    def of(cls, metric: str, champion: Signature, candidate: Signature) -> "Scorer":
        """By this metric, or the task's usual one where it is empty. Raises InvalidRequest for one that is no mean."""
        found = metric_named(metric or USUAL[champion.task])
        known = per_row_metrics(champion.task)
        if found.name not in known:
            raise InvalidRequest(
                f"A rollout of a {champion.task} cannot be judged by {found.name!r}.",
                remedy=f"Choose one that is a mean over rows: {', '.join(known)}.",
            )
        return cls(metric=found, champion=champion, candidate=candidate)

    @property
    def counts_right(self) -> bool:
        """Whether a row is right or wrong, and nothing between."""
        return self.metric.name == "accuracy"

    def scores(self, rows: pa.Table, who: str) -> Numbers:
        """Of what `who` made of each row: higher is better, NaN where nobody can say.

        Nobody can where the truth is a class that neither version knows, or no number: both are as wrong as the
        other, and a tie is no evidence. Who gave no answer is not right; how far off it was, nobody can say. An
        answer without probabilities that fit the classes of its version scores worst.
        """
        classes = self._classes(rows)
        truth, answers = _numbers(rows["truth"], classes), _numbers(rows[who], classes, unknown=-1.0)
        known = ~np.isnan(truth) if self.counts_right else ~(np.isnan(truth) | np.isnan(answers))
        chances = None
        if self.metric.needs_probabilities and classes is not None:
            given = rows[f"{who}_probabilities"].filter(pa.array(known))
            chances = _worst_where_none(classes.chances(given, who), truth[known])
        scores: Numbers = np.full(rows.num_rows, np.nan)
        width = 0 if classes is None else len(classes)
        scores[known] = self.metric.row_scores(answers[known], chances, truth[known], width)
        return scores if self.metric.higher_is_better else -scores

    def left_out(self, rows: pa.Table) -> str:
        """Which known truths do not count, and why; empty where all do."""
        truth = _numbers(rows["truth"], self._classes(rows))
        unread = int((np.isnan(truth) & np.asarray(rows["truth"].is_valid())).sum())
        if not unread:
            return ""
        why = "classes that neither version knows" if self.champion.classes else "no numbers"
        return f"{unread:,} outcomes do not count, they are {why}"

    def _classes(self, rows: pa.Table) -> Classes | None:
        return Classes.of(self.champion, self.candidate, rows) if self.champion.classes else None


def needs_probabilities(metric: str) -> bool:
    """Whether a rollout that is judged by it has to read probabilities; raises InvalidRequest for an unknown one."""
    return bool(metric) and metric_named(metric).needs_probabilities


def _numbers(column: Column, classes: Classes | None, unknown: float = np.nan) -> Numbers:
    """The numbers, or the places of the classes; NaN where there is none, `unknown` for a class that nobody knows."""
    if classes is None:
        return np.asarray(as_numbers(column), np.float64)
    codes = classes.codes(column)
    found: Numbers = np.where(np.asarray(column.is_valid()), np.where(codes < 0, unknown, codes), np.nan)
    return found


def _worst_where_none(chances: Numbers, truth: Numbers) -> Numbers:
    """All for a class that is not the truth, in rows without any probability."""
    none = np.flatnonzero(chances.sum(axis=1) == 0)
    chances[none, (truth[none].astype(np.int64) + 1) % max(1, chances.shape[1])] = 1.0
    return chances
