"""What a rehearsal's loop was worth: what was served beside the first model, had nothing ever replaced it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.door import Bundle
from everloop.evaluation.contender import Contender, answers_of
from everloop.evaluation.labels import all_classes, codes_of
from everloop.evaluation.scored import score
from everloop.evidence.estimate import LEVEL, Estimate
from everloop.evidence.gain_in_words import gain_in_words
from everloop.evidence.metrics import Metric, metric_named
from everloop.evidence.paired_difference import paired_mean
from everloop.evidence.row_metrics import mean_estimate, share_estimate
from everloop.ledger.arrow import pc
from everloop.ledger.inputs import inputs_of
from everloop.ledger.labels import as_numbers
from everloop.records.endpoint import VersionRef

Numbers = npt.NDArray[np.float64]
Shown = Literal["better", "worse", "no difference"]
OF_TASK = {"classification": "accuracy", "regression": "mae"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """The quality of both on the same rows, and the difference with its paired interval."""

    metric: str
    rows: int
    first: str  # the version that is taken as never replaced
    frozen: Estimate  # of it
    served: Estimate  # of what callers got
    gain: Estimate  # of what was served over it, in the metric's unit: above 0 is better
    shown: Shown  # by that interval

    def line(self) -> str:
        """For people."""
        was, would, gain = _level(self.served), _level(self.frozen), told(self.gain)
        both = (
            f"What was served: {was}; {self.first}, never replaced: {would}, on the same {self.rows:,} rows"
        )
        if self.shown == "no difference":
            return f"{both}. No difference shown: {gain}."
        return f"{both}. The loop made it {self.shown}: {gain}."


@dataclass(frozen=True, slots=True)
class Scores:
    """The answered rows in the order of time, with the score of each: NaN where no truth or no answer is known.

    A score is 1 where the answer was right and else 0, or how far it was off.
    """

    rows: pa.Table
    metric: Metric
    served: Numbers
    frozen: (
        Numbers  # of the first model, had it answered every row; where it cannot it is as wrong as the worst
    )

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Rows with a score."""
        found: npt.NDArray[np.bool_] = ~np.isnan(self.served)
        return found

    def worth(self, first: str) -> Worth | None:
        """None where fewer than two truths are known."""
        ours, theirs = self.served[self.known], self.frozen[self.known]
        gain = paired_mean(self.metric, ours, theirs)
        frozen, served = estimate_of(self.metric, theirs), estimate_of(self.metric, ours)
        if gain is None or frozen is None or served is None:
            return None
        return Worth(
            metric=self.metric.name,
            rows=gain.rows,
            first=first,
            frozen=frozen,
            served=served,
            gain=gain,
            shown=shown(gain),
        )


def scores(rows: pa.Table, bundle: Bundle, first: VersionRef) -> Scores:
    """Of `LedgerView.joined`; the bundle of the first version scores the captured rows, all at once."""
    rows = rows.sort_by([("served_at", "ascending"), ("id", "ascending")])
    signature = bundle.manifest.signature
    metric = metric_named(OF_TASK[signature.task])
    known = np.array(pc.and_(rows["mature"], pc.and_(rows["truth"].is_valid(), rows["output"].is_valid())))
    judged = rows.filter(pa.array(known))
    classes: Sequence[str] = ()
    if signature.task == "classification":
        classes = all_classes([signature.classes], judged["truth"])
    truth, given = _values(judged["truth"], classes), _values(judged["output"], classes)
    frozen = answers_of(
        Contender(
            role="champion",
            ref=first,
            bundle=bundle,
            learned=rows.slice(0, 0),
            scored=score(bundle, inputs_of(judged, signature)),
        ),
        classes,
    )
    served = metric.row_scores(given, None, truth, len(classes))
    alone = metric.row_scores(frozen.values, None, truth, len(classes))
    worst = 0.0 if metric.higher_is_better else np.fmax.reduce([*served, *alone], initial=0.0)
    return Scores(rows, metric, _laid(served, known), _laid(np.where(frozen.given, alone, worst), known))


def estimate_of(metric: Metric, found: Numbers) -> Estimate | None:
    """The mean of some scores with its interval; None where there are too few."""
    estimated = share_estimate if metric.name == "accuracy" else mean_estimate
    return estimated(metric.name, found, LEVEL)


def shown(gain: Estimate) -> Shown:
    """What an interval of a gain says."""
    return "better" if gain.low > 0 else "worse" if gain.high < 0 else "no difference"


def told(gain: Estimate) -> str:
    """A gain with its interval, and the name of its metric."""
    return f"{gain.metric} {gain_in_words(gain.metric, gain.value, gain.low, gain.high)}"


def _level(found: Estimate) -> str:
    return f"{found.value:.1%} right" if found.metric == "accuracy" else f"{found.metric} {found.value:.4g}"


def _values(column: "pa.ChunkedArray[Any]", classes: Sequence[str]) -> Numbers:
    """Numbers, or the places of classes; -1 for what is none of them."""
    if classes:
        return codes_of(column, classes).astype(np.float64)
    return np.asarray(as_numbers(column), dtype=np.float64)


def _laid(found: Numbers, known: npt.NDArray[np.bool_]) -> Numbers:
    """Scores of the known rows among all."""
    laid = np.full(len(known), np.nan)
    laid[known] = found
    return laid
