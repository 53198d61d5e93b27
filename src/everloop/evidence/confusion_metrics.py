"""Metrics that only ask how often each class was taken for each other.

Each is a function of weights [draws, rows], so that one definition serves the value, where all are 1, and a bootstrap.
Of two classes precision, recall and F1 are the second's; of more, the mean over all classes that occur.
"""

from collections.abc import Callable
from dataclasses import replace
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np

from everloop.evidence.estimate import Estimate
from everloop.evidence.scored_rows import Numbers, ScoredRows
from everloop.statistics.intervals import mover, wilson

PerClass = Callable[
    [Numbers, Numbers, Numbers], tuple[Numbers, Numbers]
]  # hit, missed, wrongly -> share of what


def recalls(hit: Numbers, missed: Numbers, wrongly: Numbers) -> tuple[Numbers, Numbers]:
    """Of the rows of a class, those that were found."""
    return hit, hit + missed


def precisions(hit: Numbers, missed: Numbers, wrongly: Numbers) -> tuple[Numbers, Numbers]:
    """Of the rows that were called a class, those that are of it."""
    return hit, hit + wrongly


def jaccards(hit: Numbers, missed: Numbers, wrongly: Numbers) -> tuple[Numbers, Numbers]:
    """Of the rows that are or were called a class, those that are both. F1 is 2 J / (1 + J) of it: rising in it."""
    return hit, hit + missed + wrongly


def as_it_is(share: Numbers) -> Numbers:
    """The share itself."""
    return share


def f1_of_jaccard(share: Numbers) -> Numbers:
    """F1 from the share of `jaccards`."""
    return 2 * share / (1 + share)


def confusion(rows: ScoredRows, weights: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """For each draw and class: rows that were hit, missed, and wrongly called it."""
    classes = np.arange(rows.classes)
    is_it, called = rows.truth[:, None] == classes, rows.answers[:, None] == classes
    hit = weights @ (is_it & called)
    return hit, weights @ is_it - hit, weights @ called - hit


def value(
    rows: ScoredRows, weights: Numbers, per_class: PerClass, shape: Callable[[Numbers], Numbers]
) -> Numbers:
    """The metric of each draw; NaN where no class occurs."""
    hits, of = per_class(*confusion(rows, weights))
    shares = shape(np.divide(hits, of, out=np.zeros(of.shape), where=of > 0))
    if rows.classes == 2:
        return shares[:, 1]
    occurs = _occurs(rows, weights)
    with np.errstate(invalid="ignore"):
        mean: Numbers = (shares * occurs).sum(axis=1) / occurs.sum(axis=1)
    return mean


def balanced(rows: ScoredRows, weights: Numbers) -> Numbers:
    """The mean recall over the classes that have rows."""
    hits, of = recalls(*confusion(rows, weights))
    shares = np.divide(hits, of, out=np.zeros(of.shape), where=of > 0)
    with np.errstate(invalid="ignore"):
        mean: Numbers = shares.sum(axis=1) / (of > 0).sum(axis=1)
    return mean


def estimate(
    name: str, rows: ScoredRows, level: float, per_class: PerClass, shape: Callable[[Numbers], Numbers]
) -> Estimate | None:
    """With Wilson's interval of each class's share, joined where it is a mean of several; None without rows.

    Rows are counted given how often the class occurs, so the interval of a mean takes classes for independent.
    """
    if not len(rows):
        return None
    once = np.ones((1, len(rows)))
    hits, of = (found[0] for found in per_class(*confusion(rows, once)))
    places = [1] if rows.classes == 2 else np.flatnonzero(_occurs(rows, once)[0]).tolist()
    return _joined(name, [(int(hits[c]), int(of[c])) for c in places], len(rows), level, shape)


def balanced_estimate(name: str, rows: ScoredRows, level: float) -> Estimate | None:
    """The mean recall of all classes that have rows, of two classes too."""
    if not len(rows):
        return None
    hits, of = (found[0] for found in recalls(*confusion(rows, np.ones((1, len(rows))))))
    counts = [(int(hits[c]), int(of[c])) for c in np.flatnonzero(of)]
    return _joined(name, counts, len(rows), level, as_it_is)


def f1_estimate(name: str, rows: ScoredRows, level: float) -> Estimate | None:
    """Of two classes as the others; the mean of several by the delta method, on the scale of the logarithm of the odds.

    A row that one class misses is wrongly called another, so their F1 move together, which the interval must know
    (Takahashi, Yamamoto, Kuchiba and Koyama 2022). Where all rows are right nothing varies: then as the others.
    """
    simple = estimate(name, rows, level, jaccards, f1_of_jaccard)
    if simple is None or rows.classes == 2 or simple.value in (0.0, 1.0):
        return simple
    classes = np.arange(rows.classes)
    is_it, called = rows.truth[:, None] == classes, rows.answers[:, None] == classes
    of = (is_it.sum(axis=0) + called.sum(axis=0))[None, :]
    score = 2 * (is_it & called).sum(axis=0) / np.maximum(of, 1)
    pull = (2.0 * (is_it & called) - score * (is_it.astype(float) + called)) / np.maximum(of, 1)
    spread = sqrt(float((pull.sum(axis=1) ** 2).sum())) / int((of > 0).sum())
    value, z = simple.value, NormalDist().inv_cdf((1 + level) / 2)
    odds, half = log(value / (1 - value)), z * spread / (value * (1 - value))
    return replace(simple, low=1 / (1 + exp(half - odds)), high=1 / (1 + exp(-half - odds)), method="delta")


def _joined(
    name: str, counts: list[tuple[int, int]], rows: int, level: float, shape: Callable[[Numbers], Numbers]
) -> Estimate:
    shares = shape(np.array([hits / of if of else 0.0 for hits, of in counts]))
    bounds = shape(np.array([wilson(hits, of, level) for hits, of in counts]))
    values = shares.tolist()
    low, high = mover(values, [(low, high) for low, high in bounds.tolist()])
    return Estimate(
        metric=name,
        value=sum(values) / len(values),
        low=max(0.0, low),
        high=min(1.0, high),
        rows=rows,
        level=level,
        method="wilson" if len(counts) == 1 else "mover",
    )


def _occurs(rows: ScoredRows, weights: Numbers) -> Numbers:
    hit, missed, wrongly = confusion(rows, weights)
    return (hit + missed + wrongly > 0).astype(np.float64)
