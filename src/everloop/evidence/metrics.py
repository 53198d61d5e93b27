"""Every metric, by its name: what it asks for, which way is better, and how it is computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from everloop.errors import InvalidRequest
from everloop.evidence import confusion_metrics as confusion
from everloop.evidence import rank_metrics as rank
from everloop.evidence import row_metrics as row
from everloop.evidence import spread_metrics as spread
from everloop.evidence.estimate import LEVEL, Estimate
from everloop.evidence.scored_rows import Numbers, ScoredRows

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """How good answers are, as one number.

    `per_row` is the score of each row where the metric is their mean: only those can be compared row by row by tests
    that hold at every look. `weighted` is the value for each of many weightings of the rows.
    """

    name: str
    task: Task
    higher_is_better: bool
    estimated: Callable[[str, ScoredRows, float], Estimate | None]
    weighted: Callable[[ScoredRows, Numbers], Numbers]
    per_row: Callable[[ScoredRows], Numbers] | None = None
    needs_probabilities: bool = False

    def estimate(self, rows: ScoredRows, *, level: float = LEVEL) -> Estimate | None:
        """The value with its interval; None where there are too few rows, or it is not defined on them.

        Raises InvalidRequest where the metric needs probabilities and there are none.
        """
        self._check(rows)
        return self.estimated(self.name, rows, level)

    def row_scores(
        self,
        answers: npt.ArrayLike,
        probabilities: npt.ArrayLike | None,
        truth: npt.ArrayLike,
        classes: int,
    ) -> Numbers:
        """The score of each row, in their order, whose mean is the metric; NaN where a row has none.

        Raises InvalidRequest where it is no mean of rows.
        """
        if self.per_row is None:
            raise InvalidRequest(
                f"{self.name} has no score a row.",
                remedy=f"Use one of {', '.join(per_row_metrics(self.task))}.",
            )
        rows = ScoredRows(
            answers=np.asarray(answers, dtype=np.float64),
            truth=np.asarray(truth, dtype=np.float64),
            probabilities=None if probabilities is None else np.asarray(probabilities, dtype=np.float64),
            classes=classes,
        )
        self._check(rows)
        return self.per_row(rows)

    def gains(self, ours: Numbers, theirs: Numbers) -> Numbers:
        """By how much each of our row scores is better than theirs, in the metric's unit."""
        return ours - theirs if self.higher_is_better else theirs - ours

    def _check(self, rows: ScoredRows) -> None:
        if self.needs_probabilities and rows.probabilities is None:
            raise InvalidRequest(f"{self.name} needs probabilities, and there are none.")


def metric_named(name: str) -> Metric:
    """The metric; raises InvalidRequest for an unknown name."""
    if name not in METRICS:
        raise InvalidRequest(f"There is no metric {name!r}.", remedy=f"Use one of {', '.join(METRICS)}.")
    return METRICS[name]


def per_row_metrics(task: Task) -> list[str]:
    """The names of those that are means of rows."""
    return [name for name, metric in METRICS.items() if metric.task == task and metric.per_row is not None]


def _of_rows(
    name: str,
    task: Task,
    scores: Callable[[ScoredRows], Numbers],
    *,
    higher_is_better: bool = False,
    needs_probabilities: bool = False,
) -> Metric:
    estimator = row.share_estimate if name == "accuracy" else row.mean_estimate

    def weighted(rows: ScoredRows, weights: Numbers) -> Numbers:
        given = scores(rows)
        defined = ~np.isnan(given)
        mean: Numbers = weights[:, defined] @ given[defined] / weights[:, defined].sum(axis=1)
        return mean

    return Metric(
        name=name,
        task=task,
        higher_is_better=higher_is_better,
        estimated=lambda metric, rows, level: estimator(metric, scores(rows), level),
        weighted=weighted,
        per_row=scores,
        needs_probabilities=needs_probabilities,
    )


def _of_classes(name: str, per_class: confusion.PerClass) -> Metric:
    return Metric(
        name=name,
        task="classification",
        higher_is_better=True,
        estimated=partial(confusion.estimate, per_class=per_class, shape=confusion.as_it_is),
        weighted=partial(confusion.value, per_class=per_class, shape=confusion.as_it_is),
    )


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            _of_rows("accuracy", "classification", row.right, higher_is_better=True),
            _of_rows("log_loss", "classification", row.surprises, needs_probabilities=True),
            _of_rows("brier", "classification", row.brier_scores, needs_probabilities=True),
            Metric(
                name="balanced_accuracy",
                task="classification",
                higher_is_better=True,
                estimated=confusion.balanced_estimate,
                weighted=confusion.balanced,
            ),
            _of_classes("precision", confusion.precisions),
            _of_classes("recall", confusion.recalls),
            Metric(
                name="f1",
                task="classification",
                higher_is_better=True,
                estimated=confusion.f1_estimate,
                weighted=partial(
                    confusion.value, per_class=confusion.jaccards, shape=confusion.f1_of_jaccard
                ),
            ),
            Metric(
                name="roc_auc",
                task="classification",
                higher_is_better=True,
                estimated=rank.area_estimate,
                weighted=rank.area,
                needs_probabilities=True,
            ),
            _of_rows("mae", "regression", row.absolute_errors),
            _of_rows("mse", "regression", row.squared_errors),
            _of_rows("mape", "regression", row.relative_errors),
            Metric(
                name="rmse",
                task="regression",
                higher_is_better=False,
                estimated=spread.root_estimate,
                weighted=spread.root_of_squares,
            ),
            Metric(
                name="r2",
                task="regression",
                higher_is_better=True,
                estimated=spread.explained_estimate,
                weighted=spread.explained,
            ),
        )
    }
)
