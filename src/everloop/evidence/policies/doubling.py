"""G011: a metric that is no mean of rows, compared whenever the rows have doubled."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

from everloop.evidence.policies.policy import settings_of, with_settings
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.sequential.spending import spent

FIRST = 64  # rows of the first look; each later one has twice as many

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubling:
    """Passes a difference that is shown to be above `pass_above`, fails one that is shown to be below `fail_below`.

    For metrics such as F1 or the area under a curve, which no test can follow row by row. It is looked at 64, 128, 256
    ... rows, always the first so many, and the chances of error are spent over these looks. Each look rests on a normal
    interval about the difference, with the standard error of a paired bootstrap: right as rows grow many.
    """

    code: ClassVar[str] = "G011"

    pass_above: float
    fail_below: float
    alpha: float = 0.05
    alpha_fail: float = 0.005

    def judge(
        self,
        difference: float | None,
        error: float,
        *,
        look: int,
        rows: int,
        name: str,
        against: str,
    ) -> Verdict:
        """From the difference at look 1, 2, ... and its standard error; undecided at look 0, and where it is None.

        `rows` are those there are by now: not fewer than those of the look.
        """
        low = high = None
        if difference is not None and look > 0:
            low = difference + error * _NORMAL.inv_cdf(spent(self.alpha, look))
            high = difference - error * _NORMAL.inv_cdf(spent(self.alpha_fail, look))
        verdict = self._judgement(low, high)
        said = _said(verdict, self.pass_above)
        given: dict[str, float | int | str] = {} if difference is None else {"difference": difference}
        return Verdict(
            policy=self.code,
            name=name,
            verdict=verdict,
            reason=f"{name}: the candidate {said} {against}{_seen(difference, low, high, look)}.",
            value=difference,
            low=low,
            high=high,
            limit=self.pass_above,
            rows=rows_at(look),
            error_rate=self.alpha_fail if verdict == "fail" else self.alpha,
            method="doubling bootstrap",
            more_rows=rows_at(look + 1) - rows if verdict == "undecided" else None,
            inputs={
                **settings_of(self),
                **given,
                "error": error,
                "look": look,
                "count": rows,
                "against": against,
            },
        )

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs of another."""
        policy: Doubling = with_settings(Doubling, verdict.inputs)
        i = verdict.inputs
        difference = i.get("difference")
        return policy.judge(
            None if difference is None else float(difference),
            float(i["error"]),
            look=int(i["look"]),
            rows=int(i["count"]),
            name=verdict.name,
            against=str(i["against"]),
        )

    def _judgement(self, low: float | None, high: float | None) -> Judgement:
        if low is None or high is None:
            return "undecided"
        return "pass" if low > self.pass_above else "fail" if high < self.fail_below else "undecided"


def look_at(rows: int) -> int:
    """Which look so many rows are enough for; 0: not for the first.

    >>> [look_at(rows) for rows in (63, 64, 127, 128, 1000)]
    [0, 1, 1, 2, 4]
    """
    return 0 if rows < FIRST else (rows // FIRST).bit_length()


def rows_at(look: int) -> int:
    """The rows of a look; 0 of look 0."""
    return 0 if look < 1 else FIRST << (look - 1)


def _said(verdict: Judgement, limit: float) -> str:
    if verdict == "undecided":
        return "is not yet told from"
    if limit >= 0:
        return "is better than" if verdict == "pass" else "is not better than"
    return "is no worse than" if verdict == "pass" else "is worse than"


def _seen(difference: float | None, low: float | None, high: float | None, look: int) -> str:
    if difference is None or low is None or high is None:
        return ", for too few rows"
    return f": {difference:+.4g} on {rows_at(look):,} rows, {low:+.4g} to {high:+.4g}"
