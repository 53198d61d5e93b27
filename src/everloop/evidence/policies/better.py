"""G002: the candidate is better than what it is compared with."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.evidence.policies.two_sided import Sides, judged
from everloop.evidence.state_inputs import state_of
from everloop.records.verdict import Verdict
from everloop.statistics.sequential.mean_state import MeanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """Superiority: passes a candidate that is shown to be more than `by` better, in the metric's own unit.

    One exactly `by` better passes with a chance of at most `alpha`; fails what is shown to be less than `by` better, at
    `alpha_fail`, however often it is judged.
    """

    code: ClassVar[str] = "G002"

    by: float = 0.0
    alpha: float = 0.05
    alpha_fail: float = 0.005

    def judge(
        self, differences: MeanState, *, name: str = "accuracy", against: str = "the champion"
    ) -> Verdict:
        """From differences of the candidate to `against`, row by row, above 0 where the candidate is better."""
        sides = Sides(
            code=self.code,
            pass_above=self.by,
            fail_below=self.by,
            alpha=self.alpha,
            alpha_fail=self.alpha_fail,
            passed="better than",
            failed="no better than",
        )
        return judged(sides, differences, name, against, settings_of(self))

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: Better = with_settings(Better, verdict.inputs)
        return policy.judge(
            state_of(verdict.inputs), name=verdict.name, against=str(verdict.inputs["against"])
        )
