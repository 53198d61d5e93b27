"""M001: a column has moved away from the training window."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import Inputs, settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.drift.moved import Distance, Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """Fails a column that has moved surely *and* far.

    Surely: among all columns of the window its p-value was refuted; whoever judges many columns and windows spreads
    `false_alarms`, the chance that any of them ever fails in an unchanged world. Far: one of its distances reaches
    its limit. Passes where the intervals of all its distances lie below their limits, each at 95 %.
    """

    code: ClassVar[str] = "M001"

    ks_limit: float = 0.2
    psi_limit: float = 0.2
    false_alarms: float = 0.01

    def judge(self, found: Drift | None, *, name: str, refuted: bool) -> Verdict:
        """Undecided where there are no values to compare, and where the intervals reach over the limits."""
        if found is None:
            return Verdict(
                policy=self.code,
                name=name,
                verdict="undecided",
                reason=f"{name}: there are no values to compare.",
                inputs=settings_of(self),
            )
        sides = self._sides(found)
        method, told, limit = max(sides, key=lambda side: side[1].value / side[2])
        failed = refuted and told.value >= limit
        quiet = all(distance.high < most for _, distance, most in sides)
        verdict: Judgement = "fail" if failed else "pass" if quiet else "undecided"
        said = {"fail": "has moved", "pass": "has not moved", "undecided": "is not clear"}[verdict]
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=f"{name} {said}: {method} {told.value:.3g} ({told.low:.3g} to {told.high:.3g}) against a limit of "
            f"{limit:g}, over {found.rows:,} rows.",
            value=told.value,
            low=told.low,
            high=told.high,
            limit=limit,
            rows=found.rows,
            error_rate=self.false_alarms,
            method=method,
            inputs={**settings_of(self), **_kept(found), "refuted": int(refuted)},
        )

    def _sides(self, found: Drift) -> list[tuple[str, Distance, float]]:
        sides = [("PSI", found.psi, self.psi_limit)]
        return sides if found.ks is None else [("KS distance", found.ks, self.ks_limit), *sides]

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: Drifted = with_settings(Drifted, verdict.inputs)
        found = _drift(verdict.inputs) if "rows" in verdict.inputs else None
        return policy.judge(found, name=verdict.name, refuted=bool(verdict.inputs.get("refuted", 0)))


def _kept(found: Drift) -> Inputs:
    inputs: Inputs = {
        "rows": found.rows,
        "reference_rows": found.reference_rows,
        "p_value": found.p_value,
        "psi": found.psi.value,
        "psi_low": found.psi.low,
        "psi_high": found.psi.high,
    }
    if found.ks is not None:
        inputs |= {"ks": found.ks.value, "ks_low": found.ks.low, "ks_high": found.ks.high}
    return inputs if found.chi_square is None else {**inputs, "chi_square": found.chi_square}


def _drift(inputs: Inputs) -> Drift:
    def number(name: str) -> float:
        return float(inputs[name])

    def distance(name: str) -> Distance:
        return Distance(number(name), number(f"{name}_low"), number(f"{name}_high"))

    return Drift(
        rows=int(inputs["rows"]),
        reference_rows=int(inputs["reference_rows"]),
        p_value=number("p_value"),
        psi=distance("psi"),
        ks=distance("ks") if "ks" in inputs else None,
        chi_square=number("chi_square") if "chi_square" in inputs else None,
    )
