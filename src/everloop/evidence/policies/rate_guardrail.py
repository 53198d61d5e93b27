"""G003: the candidate fails more often than the champion."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.rows_needed import rows_below
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.spending import spent
from everloop.statistics.sequential.two_rates import TwoRates


@dataclass(frozen=True, slots=True, kw_only=True)
class RateGuardrail:
    """Fails a candidate whose error rate is shown to be more than `tolerance` above the champion's.

    One that is not fails with a chance of at most `alpha` over all stretches of a rollout together. Passes one that is
    shown, at `alpha_pass`, to be within the tolerance.
    """

    code: ClassVar[str] = "G003"

    tolerance: float = 0.01
    alpha: float = 0.002
    alpha_pass: float = 0.05

    def judge(self, errors: TwoRates, *, name: str = "errors", stretch: int = 1) -> Verdict:
        """From the counts of one stretch; begin a new one when shares change, or a day has passed."""
        at = spent(self.alpha, stretch)
        low, high = (errors.lower(at), errors.upper(self.alpha_pass)) if errors.rows else (-1.0, 1.0)
        verdict: Judgement = "undecided"
        if low > self.tolerance:
            verdict = "fail"
        elif high < self.tolerance:
            verdict = "pass"
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=_reason(errors, verdict, name, self.tolerance),
            value=errors.mean,
            low=low,
            high=high,
            limit=self.tolerance,
            rows=errors.rows,
            error_rate=self.alpha_pass if verdict == "pass" else self.alpha,
            method=errors.method,
            more_rows=rows_below(errors, self.tolerance, self.alpha_pass) if verdict == "undecided" else None,
            inputs={
                **settings_of(self),
                "candidate_errors": errors.candidate.hits,
                "candidate_rows": errors.candidate.rows,
                "champion_errors": errors.champion.hits,
                "champion_rows": errors.champion.rows,
                "stretch": stretch,
            },
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        i = verdict.inputs
        errors = TwoRates(
            candidate=Rate(hits=int(i["candidate_errors"]), rows=int(i["candidate_rows"])),
            champion=Rate(hits=int(i["champion_errors"]), rows=int(i["champion_rows"])),
        )
        policy: RateGuardrail = with_settings(RateGuardrail, i)
        return policy.judge(errors, name=verdict.name, stretch=int(i["stretch"]))


def _reason(errors: TwoRates, verdict: Judgement, name: str, tolerance: float) -> str:
    if errors.candidate.mean is None or errors.champion.mean is None:
        return f"{name}: one of candidate and champion has had no request yet."
    seen = (
        f"{errors.candidate.mean:.2%} of {errors.candidate.rows:,} requests against the champion's "
        f"{errors.champion.mean:.2%} of {errors.champion.rows:,}"
    )
    said = {
        "fail": f"the candidate fails on more, beyond the tolerance of {tolerance:.2%}",
        "pass": f"the candidate's failures are within the tolerance of {tolerance:.2%}",
        "undecided": f"neither within nor beyond the tolerance of {tolerance:.2%} yet",
    }[verdict]
    return f"{name}: {said}: {seen}."
