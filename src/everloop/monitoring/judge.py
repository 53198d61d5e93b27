"""What the monitors say of a window: every column judged, with one chance of a false alarm for all windows together.

At look k a monitor spends alpha / (k (k + 1)), half of it on the window alone and half on the long stretch that ends
with it; within each it is shared by all columns as Benjamini and Hochberg say. Together that is at most alpha over a
champion's whole life, however many windows there are and however they depend on one another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.quality_kept import QualityKept
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.monitoring.data import Shares, shares
from everloop.monitoring.drift import drift
from everloop.monitoring.reference import Reference, ReferenceColumn
from everloop.monitoring.window import Folded, Window
from everloop.records.monitor import Monitored
from everloop.records.verdict import Verdict
from everloop.statistics.drift.moved import Drift, ShareChange
from everloop.statistics.multiplicity import benjamini_hochberg
from everloop.statistics.sequential.spending import spent

LIKELY = 0.05  # a stretch raises nothing that its newest window does not show at all: it may lie long ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policies of the inputs' monitors."""

    drifted: Drifted
    moved: ShareMoved


def judge(
    rules: Rules, reference: Reference, window: Window, stretch: Window, look: int
) -> tuple[Monitored, ...]:
    """Drift and data of every column and drift of the answers, the strongest first.

    `stretch` holds the windows up to and with this one; `look` counts the champion's windows from 1.
    """
    pairs = list(_columns(reference, window, stretch))
    drifts = [(name, drift(column, now), drift(column, long)) for name, column, now, long in pairs]
    data = [
        (name, shares(column, now), shares(column, long))
        for name, column, now, long in pairs[: len(window.columns)]
    ]
    found = [*_drifted(rules.drifted, drifts, look), *_moved(rules.moved, data, look)]
    return tuple(sorted(found, key=lambda m: -strength(m.verdict)))


def subject_of_answers(reference: Reference) -> str:
    """`answers`, or another word where a column is called so."""
    return "answers" if all(c.name != "answers" for c in reference.columns) else "the answers"


def strength(verdict: Verdict) -> float:
    """How far a verdict's value lies on the way to its limit and beyond: 1 is at the limit.

    >>> strength(Verdict(policy="M001", name="", verdict="pass", reason="", value=0.1, limit=0.2))
    0.5
    """
    if verdict.value is None or verdict.limit is None:
        return 0.0
    inputs = verdict.inputs
    if verdict.policy == ShareMoved.code:
        before = float(inputs["reference_count"]) / float(inputs["reference_rows"])
        return abs(verdict.value - before) / float(inputs["policy.by"])
    if verdict.policy == QualityKept.code:
        promised = float(inputs["policy.promised"])
        return max(0.0, (verdict.value - promised) / (verdict.limit - promised))
    return verdict.value / verdict.limit


def _columns(
    reference: Reference, window: Window, stretch: Window
) -> Iterator[tuple[str, ReferenceColumn, Folded, Folded]]:
    for column, now, long in zip(reference.columns, window.columns, stretch.columns, strict=True):
        yield column.name, column, now, long
    if reference.answers is not None and window.answers is not None and stretch.answers is not None:
        yield subject_of_answers(reference), reference.answers, window.answers, stretch.answers


def _drifted(
    policy: Drifted, found: Sequence[tuple[str, Drift | None, Drift | None]], look: int
) -> Iterator[Monitored]:
    pairs = [(f"drift of {name}", now, long) for name, now, long in found]
    verdicts = _judged(policy.judge, pairs, spent(policy.false_alarms, look))
    for (name, _, _), verdict in zip(found, verdicts, strict=True):
        yield Monitored(monitor="drift", subject=name, verdict=verdict)


def _moved(policy: ShareMoved, found: Sequence[tuple[str, Shares, Shares]], look: int) -> Iterator[Monitored]:
    """One verdict a column: of its shares the one that has moved most."""
    flat = [(name, kind, now[kind], long.get(kind)) for name, now, long in found for kind in now]
    pairs = [(f"{kind} {name}", now, long) for name, kind, now, long in flat]
    verdicts: dict[str, list[Verdict]] = {}
    for (name, *_), verdict in zip(
        flat, _judged(policy.judge, pairs, spent(policy.false_alarms, look)), strict=True
    ):
        verdicts.setdefault(name, []).append(verdict)
    for name, of_column in verdicts.items():
        worst = max(of_column, key=lambda v: (v.verdict == "fail", strength(v)))
        yield Monitored(monitor="data", subject=name, verdict=worst)


def _judged(
    judge: Callable[..., Verdict],
    pairs: Sequence[tuple[str, Drift | ShareChange | None, Drift | ShareChange | None]],
    alpha: float,
) -> Iterator[Verdict]:
    """The verdict of each: on its window, or on the stretch where only that fails and the window does not deny it."""
    surely = benjamini_hochberg([_p(now) for _, now, _ in pairs], alpha / 2)
    surely_long = benjamini_hochberg([_p(long) for _, _, long in pairs], alpha / 2)
    for (name, now, long), refuted, refuted_long in zip(pairs, surely, surely_long, strict=True):
        verdict = judge(now, name=name, refuted=bool(refuted))
        if verdict.verdict != "fail" and refuted_long and _p(now) <= LIKELY:
            wider = judge(long, name=name, refuted=True)
            verdict = wider if wider.verdict == "fail" else verdict
        yield verdict


def _p(found: Drift | ShareChange | None) -> float:
    return 1.0 if found is None else found.p_value
