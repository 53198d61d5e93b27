"""G010: no more of something was found than may be."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Passes what was found at most `limit` times, or is at most `limit`; fails more. Nothing is estimated.

    Whoever counts says what was found, in `reason`: the policy only compares.
    """

    code: ClassVar[str] = "G010"

    limit: float = 0.0

    def judge(
        self, value: float | None, *, name: str, reason: str, rows: int = 0, more_rows: int = 0
    ) -> Verdict:
        """Undecided where nothing could be counted yet, for about `more_rows` rows; 0 where nobody can say."""
        verdict: Judgement = "undecided" if value is None else "pass" if value <= self.limit else "fail"
        given = {} if value is None else {"value": value}
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=reason,
            value=value,
            limit=self.limit,
            rows=rows,
            method="count",
            more_rows=more_rows or None,
            inputs={**settings_of(self), **given, "reason": reason, "rows": rows, "more_rows": more_rows},
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: Counted = with_settings(Counted, verdict.inputs)
        inputs, value = verdict.inputs, verdict.inputs.get("value")
        return policy.judge(
            None if value is None else float(value),
            name=verdict.name,
            reason=str(inputs["reason"]),
            rows=int(inputs["rows"]),
            more_rows=int(inputs["more_rows"]),
        )
