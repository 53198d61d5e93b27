"""M003: the champion is worse than it was when it was chosen."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from everloop.evidence.estimate import LEVEL, Estimate
from everloop.evidence.estimates import proportion
from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.tally import Tally, chance_of_so_few, chance_of_so_much, standard_error


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityKept:
    """Fails quality that is surely beyond its limit: what it was when it was chosen, less an allowance.

    `limit` is that value's own bound (it is an estimate too) moved by the allowance. Surely: `p_value` was refuted;
    whoever looks at many windows spreads `false_alarms` over them. Passes where the whole interval is within.
    """

    code: ClassVar[str] = "M003"

    metric: Literal["accuracy", "mae"]
    limit: float
    promised: float  # the value when it was chosen
    false_alarms: float = 0.01

    def p_value(self, found: Tally) -> float:
        """How often quality that is at its limit looks so bad."""
        if self.metric == "accuracy":
            return chance_of_so_few(found, self.limit)
        return chance_of_so_much(found, self.limit)

    def judge(self, found: Tally, *, name: str, refuted: bool) -> Verdict:
        """Undecided without rows, and where the interval holds the limit. A tally of rights, or of absolute errors."""
        estimate = self._estimate(found)
        if estimate is None:
            return Verdict(
                policy=self.code,
                name=name,
                verdict="undecided",
                reason=f"{name}: too few rows have a truth.",
                limit=self.limit,
                inputs=settings_of(self),
            )
        kept = estimate.low > self.limit if self.metric == "accuracy" else estimate.high < self.limit
        verdict: Judgement = "fail" if refuted else "pass" if kept else "undecided"
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=f"{name}: {estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g}) over {found.rows:,} rows "
            f"with a truth; it was {self.promised:.4g} when it was chosen, the limit is {self.limit:.4g}.",
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            limit=self.limit,
            rows=found.rows,
            error_rate=self.false_alarms,
            method=estimate.method,
            inputs={
                **settings_of(self),
                "rows": found.rows,
                "total": found.total,
                "squares": found.squares,
                "p_value": self.p_value(found),
                "refuted": int(refuted),
            },
        )

    def _estimate(self, found: Tally) -> Estimate | None:
        if self.metric == "accuracy":
            return proportion(round(found.total), found.rows, self.metric) if found.rows else None
        if found.rows < 2:
            return None
        from scipy.special import stdtrit  # scipy is slow to import

        half = float(stdtrit(found.rows - 1, (1 + LEVEL) / 2)) * standard_error(found)
        return Estimate(
            metric=self.metric,
            value=found.mean,
            low=max(0.0, found.mean - half),
            high=found.mean + half,
            rows=found.rows,
            method="student",
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: QualityKept = with_settings(QualityKept, verdict.inputs)
        inputs = verdict.inputs
        found = Tally(
            rows=int(inputs.get("rows", 0)),
            total=float(inputs.get("total", 0)),
            squares=float(inputs.get("squares", 0)),
        )
        return policy.judge(found, name=verdict.name, refuted=bool(inputs.get("refuted", 0)))
