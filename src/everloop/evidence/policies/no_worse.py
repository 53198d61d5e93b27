"""G001: the candidate is at most a margin worse than the champion."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.evidence.policies.two_sided import Sides, judged
from everloop.evidence.state_inputs import state_of
from everloop.records.verdict import NO_WORSE, Verdict
from everloop.statistics.sequential.mean_state import MeanState


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWorse:
    """Non-inferiority: passes a candidate that is shown to be less than `margin` worse, in the metric's own unit.

    A candidate exactly at the margin passes with a chance of at most `alpha`, one that is no worse at all fails with a
    chance of at most `alpha_fail`, both over the whole of a rollout, however often it is judged. Between: undecided.
    """

    code: ClassVar[str] = NO_WORSE

    margin: float
    alpha: float = 0.05
    alpha_fail: float = 0.005

    def judge(
        self, differences: MeanState, *, name: str = "accuracy", against: str = "the champion"
    ) -> Verdict:
        """From differences of the candidate to `against`, row by row, above 0 where the candidate is better."""
        sides = Sides(
            code=self.code,
            pass_above=-self.margin,
            fail_below=0.0,
            alpha=self.alpha,
            alpha_fail=self.alpha_fail,
            passed="no worse than",
            failed="worse than",
        )
        return judged(sides, differences, name, against, settings_of(self))

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: NoWorse = with_settings(NoWorse, verdict.inputs)
        return policy.judge(
            state_of(verdict.inputs), name=verdict.name, against=str(verdict.inputs["against"])
        )
