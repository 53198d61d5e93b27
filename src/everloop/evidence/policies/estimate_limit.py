"""G007: an estimate over one window lies beyond a limit."""

from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from everloop.evidence.estimate import Estimate
from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateLimit:
    """Fails an estimate whose whole interval lies beyond `limit`, passes one whose whole interval does not.

    One look at one window: the chance of a wrong verdict is (1 - level) / 2 of the estimate's own level. Whoever looks
    at many windows or columns controls the rate of false ones over them (`statistics.multiplicity`).
    """

    code: ClassVar[str] = "G007"

    limit: float
    bad: Literal["above", "below"] = "above"

    def judge(self, estimate: Estimate | None, *, name: str = "") -> Verdict:
        """Undecided without an estimate, and while the interval holds the limit."""
        if estimate is None:
            return Verdict(
                policy=self.code,
                name=name,
                verdict="undecided",
                reason=f"{name}: there are no rows to estimate it from.",
                limit=self.limit,
                inputs=settings_of(self),
            )
        above: Judgement = "fail" if self.bad == "above" else "pass"
        below: Judgement = "pass" if self.bad == "above" else "fail"
        verdict = above if estimate.low > self.limit else below if estimate.high < self.limit else "undecided"
        where = "above" if verdict == above else "below" if verdict == below else "not clear of"
        shown = name or estimate.metric
        return Verdict(
            policy=self.code,
            name=shown,
            verdict=verdict,
            reason=f"{shown}: {estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g}) is {where} "
            f"{self.limit:.4g} on {estimate.rows:,} rows.",
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            limit=self.limit,
            rows=estimate.rows,
            error_rate=(1 - estimate.level) / 2,
            method=estimate.method,
            inputs={**settings_of(self), **{f"estimate.{k}": v for k, v in asdict(estimate).items()}},
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: EstimateLimit = with_settings(EstimateLimit, verdict.inputs)
        kept = {
            name.removeprefix("estimate."): value
            for name, value in verdict.inputs.items()
            if name.startswith("estimate.")
        }
        return policy.judge(Estimate(**kept) if kept else None, name=verdict.name)  # type: ignore[arg-type]
