"""G005: the candidate answers other things than the champion."""

import json
from dataclasses import dataclass
from math import log
from typing import ClassVar

from everloop.evidence.policies.policy import Inputs, settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.sequential.spending import spent
from everloop.statistics.sequential.two_shares import ArmShares, PairedShares


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftGuardrail:
    """Fails a candidate whose answers are shown to lie further than `limit` from the champion's: total variation.

    That is the largest share of answers that would have to change for both to answer alike. The chance of failing one
    that is not further away is at most `alpha` over all stretches together. Numbers are counted in bins, fixed
    beforehand, such as the tenths of the champion's answers.
    """

    code: ClassVar[str] = "G005"

    limit: float = 0.3
    alpha: float = 0.001
    alpha_pass: float = 0.05

    def judge(
        self, answers: ArmShares | PairedShares, *, name: str = "shift of answers", stretch: int = 1
    ) -> Verdict:
        """From the answers of two arms, or of both models to the same rows, in one stretch."""
        at = spent(self.alpha, stretch)
        failed = answers.log_e_above(self.limit) >= -log(at)
        high = answers.upper(self.alpha_pass)
        known = answers.mean is not None
        verdict: Judgement = "fail" if failed else "pass" if known and high < self.limit else "undecided"
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=self._reason(verdict, answers.mean, answers.rows, name),
            value=answers.mean,
            low=answers.lower(at),
            high=high,
            limit=self.limit,
            rows=answers.rows,
            error_rate=self.alpha_pass if verdict == "pass" else self.alpha,
            method="total variation",
            inputs={**settings_of(self), **_inputs(answers), "stretch": stretch},
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        i = verdict.inputs
        answers: ArmShares | PairedShares
        if "pairs" in i:
            answers = PairedShares(counts=tuple(map(tuple, json.loads(str(i["pairs"])))))
        else:
            candidate, champion = (tuple(json.loads(str(i[arm]))) for arm in ("candidate", "champion"))
            answers = ArmShares(candidate=candidate, champion=champion)
        policy: ShiftGuardrail = with_settings(ShiftGuardrail, i)
        return policy.judge(answers, name=verdict.name, stretch=int(i["stretch"]))

    def _reason(self, verdict: Judgement, distance: float | None, rows: int, name: str) -> str:
        if distance is None:
            return f"{name}: one of candidate and champion has answered nothing yet."
        said = {"fail": "further than", "pass": "within", "undecided": "neither within nor further than"}[
            verdict
        ]
        return (
            f"{name}: the candidate's answers lie {said} the allowed {self.limit:.1%} from the champion's: "
            f"{distance:.1%} on {rows:,} rows."
        )


def _inputs(answers: ArmShares | PairedShares) -> Inputs:
    if isinstance(answers, PairedShares):
        return {"pairs": json.dumps(answers.counts)}
    return {"candidate": json.dumps(answers.candidate), "champion": json.dumps(answers.champion)}
