"""How good an answer to one row is: metrics that are a mean over rows, so that rows can be compared one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.evidence.metrics import Metric, metric_named, per_row_metrics
from everloop.ledger.arrow import Column, Numbers, pc
from everloop.ledger.labels import as_kind, label_columns
from everloop.records.signature import Label, Signature

USUAL = {"classification": "accuracy", "regression": "mae"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores rows of `Ledger.rollout` by one metric."""

    metric: Metric
    classes: tuple[Label, ...]  # none: numbers

    @classmethod
    def of(cls, metric: str, signature: Signature) -> "Scorer":
        """By this metric, or the task's usual one where it is empty. Raises InvalidRequest for one that is no mean."""
        found = metric_named(metric or USUAL[signature.task])
        known = per_row_metrics(signature.task)
        if found.name not in known:
            raise InvalidRequest(
                f"A rollout of a {signature.task} cannot be judged by {found.name!r}.",
                remedy=f"Choose one that is a mean over rows: {', '.join(known)}.",
            )
        return cls(metric=found, classes=signature.classes)

    @property
    def counts_right(self) -> bool:
        """Whether a row is right or wrong, and nothing between."""
        return self.metric.name == "accuracy"

    def scores(self, rows: pa.Table, who: str) -> Numbers:
        """Of what `who` made of each row: higher is better, NaN where nobody can say.

        Who gave no answer, or one to a class that nobody knows, is not right; how far off it was, nobody can say.
        """
        truth, answers = self._numbers(rows["truth"]), self._numbers(rows[who])
        known = ~np.isnan(truth) if self.counts_right else ~(np.isnan(truth) | np.isnan(answers))
        chances = (
            self._chances(rows[f"{who}_probabilities"], known) if self.metric.needs_probabilities else None
        )
        scores: Numbers = np.zeros(rows.num_rows) if self.counts_right else np.full(rows.num_rows, np.nan)
        scores[known] = self.metric.row_scores(answers[known], chances, truth[known], len(self.classes))
        return scores if self.metric.higher_is_better else -scores

    def _numbers(self, column: Column) -> Numbers:
        """The numbers, or the places of the classes; NaN where there is none."""
        if self.classes:
            column = pc.index_in(column, value_set=as_labels(self.classes, column.type))
        floats: Numbers = np.asarray(pc.cast(column, pa.float64()))
        return floats

    def _chances(self, column: Column, known: Numbers) -> Numbers:
        given = column.filter(pa.array(known)).combine_chunks()
        chances: Numbers = np.asarray(given.flatten(), dtype=np.float64)
        return chances.reshape(-1, len(self.classes))


def needs_probabilities(metric: str) -> bool:
    """Whether a rollout that is judged by it has to read probabilities; raises InvalidRequest for an unknown one."""
    return bool(metric) and metric_named(metric).needs_probabilities


def as_labels(classes: Sequence[Label], wanted: pa.DataType) -> Column:
    """Classes as the ledger shows outputs, whose type depends on all that came."""
    columns = pa.table(label_columns("class", classes))
    kind = "text" if pa.types.is_string(wanted) else "boolean" if pa.types.is_boolean(wanted) else "number"
    return as_kind(columns, "class", kind).combine_chunks().cast(wanted)
