"""What was seen of a rollout so far, as counts: all that its verdicts rest on."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.ledger.arrow import Numbers
from everloop.records.loop import RolloutPlan
from everloop.records.routes import CHAMPION
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.rollouts.classes import Classes
from everloop.rollouts.coding import Coding
from everloop.rollouts.frame import Frame
from everloop.rollouts.layout import Layout
from everloop.rollouts.quality import Differences
from everloop.rollouts.scores import Scorer
from everloop.rollouts.tallies import Counter, Tallies
from everloop.statistics.sequential.quantile import LATENCY_EDGES, QuantileCounts
from everloop.statistics.sequential.randomised_effect import Arms, RandomisedEffect
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import PairedShares


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which shares stood still: a step of the rollout, on one day."""

    number: int  # from 1, rising
    errors: TwoRates  # requests that either failed on, as the one that answered or as a shadow
    candidate_latency: QuantileCounts  # of answers, in ms
    champion_latency: QuantileCounts
    made: PairedShares  # what either made of the same rows: classes, or bins of numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A rollout up to a moment."""

    stretches: tuple[Stretch, ...]  # in their order
    differences: Differences  # above 0 where the candidate is better
    answers: tuple[int, ...]  # rows that the candidate answered, at each step of the plan
    pending: int  # answered rows whose truth is not known yet
    unjudged: str = ""  # why quality cannot be judged at all, where it cannot
    left_out: str = ""  # which outcomes do not count, and why
    taught: int = 0  # of them, those of rows that either version was fitted on


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How a rollout's rows are laid out and counted."""

    layout: Layout
    scorer: Scorer | None
    unjudged: str  # why there is no scorer
    note: str = ""  # what a person should know of rows that cannot be told

    @classmethod
    def of(
        cls,
        plan: RolloutPlan,
        target: TargetRule,
        versions: tuple[Signature, Signature],
        since: datetime,
        coding: Coding,
        note: str = "",
    ) -> "Judged":
        """By the plan's metric; one that is no mean over rows leaves quality unjudged."""
        scorer, unjudged = None, ""
        try:
            otherwise = None if target.otherwise is None else coding.label(target.otherwise)
            scorer = Scorer.of(plan.metric, versions[0], coding, otherwise)
        except InvalidRequest as error:
            unjudged = str(error)
        layout = Layout(
            coding=coding,
            target=target,
            steps=plan.steps,
            since=since,
            probabilities=scorer is not None and scorer.metric.needs_probabilities,
        )
        return cls(layout=layout, scorer=scorer, unjudged=unjudged, note=note)

    @classmethod
    def of_rows(
        cls,
        rows: pa.Table,
        plan: RolloutPlan,
        target: TargetRule,
        versions: tuple[Signature, Signature],
        since: datetime,
        note: str = "",
    ) -> "Judged":
        """For rows of `Ledger.rollout`, whose labels are of one type and whose truths are known already."""
        classes = Classes.of(*versions, rows[CHAMPION].type) if versions[0].classes else None
        return cls.of(plan, replace(target, otherwise=None), versions, since, Coding(classes), note)

    def counter(self, frame: Frame) -> Counter:
        """Counts rows in this frame."""
        classes = self.layout.coding.classes
        return Counter(
            scorer=self.scorer,
            kinds=0 if classes is None else len(classes),
            stages=len(self.layout.steps),
            frame=frame,
        )

    def observed(self, tallies: Tallies, frame: Frame) -> Observed:
        """What the counts say."""
        counts = tallies.counts
        rows, mature, unread, taught = counts["rows", 0.0].tolist() if counts else (0, 0, 0, 0)
        answers = counts["answers", 0.0].tolist() if counts else [0] * len(self.layout.steps)
        numbers = sorted(number for what, number in counts if what == "errors")
        return Observed(
            stretches=tuple(_stretch(number, tallies) for number in numbers),
            differences=self.differences(tallies, frame),
            answers=tuple(answers),
            pending=rows - mature,
            unjudged=self.unjudged,
            left_out=self._left_out(unread, taught),
            taught=taught,
        )

    def _left_out(self, unread: int, taught: int) -> str:
        told = self.scorer.left_out(unread, taught) if self.scorer is not None else ""
        return "; ".join(part for part in (told, self.note) if part)

    def differences(self, tallies: Tallies, frame: Frame) -> Differences:
        """How much better the candidate's answers turned out."""
        if self.scorer is None:
            return SignCounts()
        if not self.scorer.counts_right:
            return tallies.moments
        if not self.layout.randomised:
            worse, same, better = tallies.counts.get(("signs", 0.0), _no_signs()).tolist()
            return SignCounts(worse=worse, same=same, better=better)
        shares = sorted(share for what, share in tallies.counts if what == "reactions")
        arms = [_arms(share, tallies.counts["reactions", share]) for share in shares]
        found = tuple(one for one in arms if sum(one.candidate) + sum(one.champion))
        return RandomisedEffect(low=0.0, high=1.0, points=2, centre=frame.centre, arms=found)


def observe(
    rows: pa.Table,
    *,
    plan: RolloutPlan,
    target: TargetRule,
    champion: Signature,
    candidate: Signature,
    since: datetime,
) -> Observed:
    """What rows of `Ledger.rollout` say of a rollout that began at `since`.

    Where the versions know different classes, both are read in all of them. Probabilities must be among the columns
    where the metric needs them. A metric that is no mean over rows leaves quality unjudged, and the guardrails as they
    are. No value of an outcome breaks it: one that is no number, where numbers are asked for, does not count.
    """
    judged = Judged.of_rows(rows, plan, target, (champion, candidate), since)
    laid_out, _ = judged.layout.rollout(rows)
    frame = Frame.of(laid_out, judged.scorer)
    return judged.observed(judged.counter(frame).of_all(laid_out), frame)


def _stretch(number: float, tallies: Tallies) -> Stretch:
    hits, rows = tallies.counts["errors", number].tolist()
    champion, candidate = (Rate(hits=h, rows=r) for h, r in zip(hits, rows, strict=True))
    latencies = [
        QuantileCounts(edges=LATENCY_EDGES, counts=tuple(counts))
        for counts in tallies.counts["latency", number].tolist()
    ]
    return Stretch(
        number=int(number),
        errors=TwoRates(candidate=candidate, champion=champion),
        candidate_latency=latencies[1],
        champion_latency=latencies[0],
        made=PairedShares(counts=tuple(tuple(row) for row in tallies.counts["made", number].tolist())),
    )


def _arms(share: float, counts: Numbers) -> Arms:
    champion, candidate = (tuple(float(count) for count in arm) for arm in counts.tolist())
    return Arms(share=share, candidate=candidate, champion=champion)


def _no_signs() -> Numbers:
    return np.zeros(3, np.int64)
