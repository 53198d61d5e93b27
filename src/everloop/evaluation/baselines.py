"""What could be answered without a model: one and the same, or what came last. Learned from the training window."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.case import Case
from everloop.evaluation.contender import Answers, Contender
from everloop.evaluation.labels import codes_of

pc: Any = _compute
Numbers = Any


def baselines(case: Case) -> dict[str, Answers]:
    """By what they are called. They answer every row of the case.

    Of classes: the commonest, with the shares of all as its probabilities. Of numbers: the mean, the median, and, where
    the recipe says that rows lie in the order of time, the truth that was learned last before a row was served. None
    where no truth is known at all.
    """
    learned = _learned_truth(case)
    if not len(learned):
        return {}
    if case.classes:
        shares = np.bincount(learned.astype(np.int64), minlength=len(case.classes)) / len(learned)
        commonest = case.classes[int(shares.argmax())]
        return {f"always {commonest!r}": _always(case, float(shares.argmax()), shares)}
    found = {
        f"the mean, {learned.mean():.4g}": _always(case, float(learned.mean())),
        f"the median, {np.median(learned):.4g}": _always(case, float(np.median(learned))),
    }
    if case.candidate.ordered:
        found["the value before"] = _last_known(case, float(learned[-1]))
    return found


def _learned_truth(case: Case) -> Numbers:
    """The truths that the candidate learned from, in their order.

    Of an imported model nobody may know them: then the champion's; and where these are not known either, those of the
    rows themselves, since a baseline that has seen them is harder to beat than any that has not.
    """
    own = _truths(case, case.candidate)
    if len(own) or not case.candidate.imported:
        return own
    theirs = _truths(case, case.champion)
    return theirs if len(theirs) else case.truth


def _truths(case: Case, contender: Contender) -> Numbers:
    target = contender.learned[contender.signature.target]
    known = target.filter(pc.invert(pc.is_null(target, nan_is_null=True)))
    if not case.classes:
        return np.asarray(pc.cast(known, pa.float64(), safe=False), dtype=np.float64)
    codes = codes_of(known, case.classes)
    return codes[codes >= 0]


def _always(case: Case, value: float, shares: Numbers | None = None) -> Answers:
    rows = case.rows
    probabilities = None if shares is None else np.broadcast_to(shares, (rows, len(shares)))
    return Answers(values=np.full(rows, value), given=np.ones(rows, dtype=bool), probabilities=probabilities)


def _last_known(case: Case, before: float) -> Answers:
    """For each row the truth that was known last when it was served; `before` all others, the last of training."""
    rows = case.material.rows
    known_at = pc.coalesce(rows["learned_at"], rows["mature_at"]).cast(pa.timestamp("us", "UTC"))
    known = np.asarray(known_at.cast(pa.int64()), dtype=np.int64)
    served = np.asarray(rows["served_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()), dtype=np.int64)
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], served, side="left") - 1
    values = np.where(place >= 0, case.truth[order][np.maximum(place, 0)] if case.rows else 0.0, before)
    return Answers(values=values, given=np.ones(case.rows, dtype=bool))
