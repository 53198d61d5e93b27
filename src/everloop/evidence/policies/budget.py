"""G006: a plain number stays within a budget: a size, a latency measured once."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Passes a number of at most `limit`, fails any other. It is measured: no chance of error is stated."""

    code: ClassVar[str] = "G006"

    limit: float

    def judge(self, value: float | None, *, name: str, unit: str = "") -> Verdict:
        """Undecided where there is no number."""
        verdict: Judgement = "undecided" if value is None else "pass" if value <= self.limit else "fail"
        said = {"pass": "within", "fail": "beyond", "undecided": "not measured against"}[verdict]
        found = "" if value is None else f"{value:,.10g} {unit}".strip() + " is "
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=f"{name}: {found}{said} the budget of {self.limit:,.10g} {unit}".strip() + ".",
            value=value,
            limit=self.limit,
            method="measured",
            inputs={**settings_of(self), "unit": unit, **({} if value is None else {"value": value})},
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: Budget = with_settings(Budget, verdict.inputs)
        value = verdict.inputs.get("value")
        return policy.judge(
            None if value is None else float(value), name=verdict.name, unit=str(verdict.inputs["unit"])
        )
