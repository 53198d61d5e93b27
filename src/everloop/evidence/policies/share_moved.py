"""M002: more of a column, or less, is missing, unknown or out of range than in the training window."""

from dataclasses import asdict, dataclass
from typing import ClassVar

from everloop.evidence.estimates import proportion
from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.drift.moved import ShareChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareMoved:
    """Fails a share that lies surely *and* more than `by` away from that of the training window.

    Surely as in M001: its p-value was refuted among all of the window. Passes where Wilson's 95 % interval lies within
    `by` of the training window's share.
    """

    code: ClassVar[str] = "M002"

    by: float = 0.05
    false_alarms: float = 0.01

    def judge(self, found: ShareChange | None, *, name: str, refuted: bool) -> Verdict:
        """Undecided without rows, and where the interval reaches over the limit."""
        if found is None or found.rows == 0 or found.reference_rows == 0:
            return Verdict(
                policy=self.code,
                name=name,
                verdict="undecided",
                reason=f"{name}: there are no rows to compare.",
                inputs=settings_of(self),
            )
        share = proportion(found.count, found.rows, name)
        before = found.reference_count / found.reference_rows
        far = abs(share.value - before) >= self.by
        near = share.high <= before + self.by and share.low >= before - self.by
        verdict: Judgement = "fail" if refuted and far else "pass" if near else "undecided"
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=f"{name}: {share.value:.1%} ({share.low:.1%} to {share.high:.1%}) of {found.rows:,} rows, "
            f"{before:.1%} in training; it may differ by {self.by:.1%}.",
            value=share.value,
            low=share.low,
            high=share.high,
            limit=before + self.by if share.value >= before else before - self.by,
            rows=found.rows,
            error_rate=self.false_alarms,
            method=share.method,
            inputs={**settings_of(self), **asdict(found), "refuted": int(refuted)},
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: ShareMoved = with_settings(ShareMoved, verdict.inputs)
        names = ("count", "rows", "reference_count", "reference_rows", "p_value")
        known = "count" in verdict.inputs
        found = ShareChange(**{n: verdict.inputs[n] for n in names}) if known else None  # type: ignore[arg-type]
        return policy.judge(found, name=verdict.name, refuted=bool(verdict.inputs.get("refuted", 0)))
