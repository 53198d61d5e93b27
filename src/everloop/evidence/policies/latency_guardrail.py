"""G004: the candidate is slower than the champion."""

import json
from dataclasses import dataclass
from typing import ClassVar

from everloop.evidence.policies.policy import finite, settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.spending import spent


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyGuardrail:
    """Fails a candidate whose latency is shown to be more than `ratio` times the champion's, at the same quantile.

    The chance of failing one that is not is at most `alpha` over all stretches together: half of it goes to either
    bound. Differences of less than `least_ms` are nobody's harm. Passes at `alpha_pass` in the same way. A machine
    that slows both down fails nobody. `value` and bounds are milliseconds; they are edges of bins, 10 % apart.
    """

    code: ClassVar[str] = "G004"

    ratio: float = 1.5
    quantile: float = 0.95
    least_ms: float = 5.0
    alpha: float = 0.002
    alpha_pass: float = 0.05

    def judge(
        self,
        candidate: QuantileCounts,
        champion: QuantileCounts,
        *,
        name: str = "latency",
        stretch: int = 1,
    ) -> Verdict:
        """From the latencies of both arms in one stretch, in milliseconds."""
        at = spent(self.alpha, stretch) / 2
        low, most = candidate.lower(self.quantile, at), self._limit(champion.upper(self.quantile, at))
        high = candidate.upper(self.quantile, self.alpha_pass / 2)
        least = self._limit(champion.lower(self.quantile, self.alpha_pass / 2))
        verdict: Judgement = "fail" if low > most else "pass" if high <= least else "undecided"
        own, other = candidate.at(self.quantile), champion.at(self.quantile)
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=self._reason(verdict, own, other, name),
            value=finite(own),
            low=finite(low) if candidate.rows else None,
            high=finite(high),
            limit=None if other is None else finite(self._limit(other)),
            rows=candidate.rows,
            error_rate=self.alpha_pass if verdict == "pass" else self.alpha,
            method="quantile",
            inputs={
                **settings_of(self),
                "edges": json.dumps(candidate.edges),
                "candidate": json.dumps(candidate.counts),
                "champion": json.dumps(champion.counts),
                "stretch": stretch,
            },
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        i = verdict.inputs
        edges = tuple(json.loads(str(i["edges"])))
        candidate, champion = (
            QuantileCounts(edges=edges, counts=tuple(json.loads(str(i[arm]))))
            for arm in ("candidate", "champion")
        )
        policy: LatencyGuardrail = with_settings(LatencyGuardrail, i)
        return policy.judge(candidate, champion, name=verdict.name, stretch=int(i["stretch"]))

    def _limit(self, champions_ms: float) -> float:
        return max(self.ratio * champions_ms, champions_ms + self.least_ms)

    def _reason(self, verdict: Judgement, own: float | None, other: float | None, name: str) -> str:
        if own is None or other is None:
            return f"{name}: one of candidate and champion has answered nothing yet."
        said = {
            "fail": "too slow",
            "pass": "fast enough",
            "undecided": "not yet shown to be fast enough or not",
        }
        return (
            f"{name}: the candidate is {said[verdict]}: {self.quantile:.3g} of its answers take under {own:.4g} ms, "
            f"of the champion's {other:.4g} ms, and {self._limit(other):.4g} ms are allowed."
        )
