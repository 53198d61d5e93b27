"""What was seen of a rollout so far, as counts: all that its verdicts rest on."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.ledger.arrow import Numbers, pc
from everloop.ledger.labels import as_numbers
from everloop.records.loop import RolloutPlan
from everloop.records.routes import CANDIDATE, CHAMPION
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.rollouts.classes import Classes
from everloop.rollouts.quality import Differences, paired, randomised
from everloop.rollouts.requests import Requests, requests_of
from everloop.rollouts.scores import Scorer
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import PairedShares

MOST_CLASSES = (
    20  # that a shift is looked for in; more are pooled, which may hide a shift and never makes one
)
BIN_ROWS = 100  # the first, whose answers of the champion give the bins of numbers; they count no further
TENTHS = np.linspace(0.1, 0.9, 9)


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
    try:
        scorer = Scorer.of(plan.metric, champion, candidate)
        differences: Differences = (paired if target.truth == "fixed" else randomised)(rows, scorer)
        unjudged, left_out = "", scorer.left_out(rows)
    except InvalidRequest as error:
        differences, unjudged, left_out = SignCounts(), str(error), ""
    requests = requests_of(rows, plan.steps, since)
    made = _classes(rows, Classes.of(champion, candidate, rows)) if champion.classes else _bins(rows)
    by_candidate = np.asarray(pc.equal(rows["variant"], CANDIDATE))
    return Observed(
        stretches=tuple(_stretch(int(number), requests, made) for number in np.unique(requests.stretch)),
        differences=differences,
        answers=tuple(np.bincount(requests.stage_of_rows[by_candidate], minlength=len(plan.steps)).tolist()),
        pending=rows.num_rows - int(pc.sum(rows["mature"], min_count=0).as_py()),
        unjudged=unjudged,
        left_out=left_out,
    )


def _stretch(number: int, requests: Requests, made: "_Made") -> Stretch:
    here = requests.stretch == number
    rows = requests.stretch_of_rows == number
    return Stretch(
        number=number,
        errors=TwoRates(
            candidate=_failures(requests, CANDIDATE, here), champion=_failures(requests, CHAMPION, here)
        ),
        candidate_latency=_latency(requests, CANDIDATE, here),
        champion_latency=_latency(requests, CHAMPION, here),
        made=made.shares(rows),
    )


def _failures(requests: Requests, who: str, here: Numbers) -> Rate:
    seen = here & requests.seen_by[who]
    return Rate(hits=int((seen & requests.failed_for[who]).sum()), rows=int(seen.sum()))


def _latency(requests: Requests, who: str, here: Numbers) -> QuantileCounts:
    return QuantileCounts.of(requests.latency_ms[here & requests.answered_by[who] & requests.answered])


@dataclass(frozen=True, slots=True)
class _Made:
    """What champion and candidate made of each row, as numbers from 0; below 0 where one of them gave nothing."""

    champion: Numbers
    candidate: Numbers
    kinds: int

    def shares(self, rows: Numbers) -> PairedShares:
        """The counts of these rows."""
        both = rows & (self.champion >= 0) & (self.candidate >= 0)
        return PairedShares.of(self.candidate[both], self.champion[both], self.kinds)


def _classes(rows: pa.Table, classes: Classes) -> _Made:
    champion, candidate = (classes.codes(rows[who]) for who in (CHAMPION, CANDIDATE))
    champion, candidate = (np.where(codes < 0, -1, codes % MOST_CLASSES) for codes in (champion, candidate))
    return _Made(champion, candidate, kinds=max(2, min(len(classes), MOST_CLASSES)))


def _bins(rows: pa.Table) -> _Made:
    champion, candidate = (np.asarray(as_numbers(rows[who])) for who in (CHAMPION, CANDIDATE))
    first = champion[:BIN_ROWS]
    edges = np.unique(np.nanquantile(first, TENTHS)) if np.isfinite(first).any() else np.zeros(1)
    champion, candidate = (
        np.where(np.isnan(answers), -1, np.searchsorted(edges, answers)) for answers in (champion, candidate)
    )
    champion[:BIN_ROWS] = -1
    return _Made(champion, candidate, kinds=len(edges) + 1)
