"""How a mean difference is judged against two limits: pass above the one, fail below the other."""

from dataclasses import dataclass
from math import isfinite

from everloop.evidence.policies.policy import Inputs, finite
from everloop.evidence.state_inputs import inputs_of
from everloop.records.verdict import Judgement, Verdict
from everloop.statistics.rows_needed import rows_above, rows_below
from everloop.statistics.sequential.mean_state import MeanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Where a difference passes and fails, and what a candidate that passes is called."""

    code: str
    pass_above: float
    fail_below: float
    alpha: float
    alpha_fail: float
    passed: str
    failed: str


def judged(sides: Sides, state: MeanState, name: str, against: str, settings: Inputs) -> Verdict:
    """Pass if the mean is shown to be above `pass_above`, else fail if it is shown to be below `fail_below`."""
    low, high = state.lower(sides.alpha), state.upper(sides.alpha_fail)
    verdict = _judgement(sides, low, high, state.rows)
    return Verdict(
        policy=sides.code,
        name=name,
        verdict=verdict,
        reason=_reason(sides, verdict, state, low, high, f"{name}: the candidate", against),
        value=finite(state.mean),
        low=finite(low) if state.rows else None,
        high=finite(high) if state.rows else None,
        limit=sides.pass_above,
        rows=state.rows,
        error_rate=sides.alpha_fail if verdict == "fail" else sides.alpha,
        method=state.method,
        more_rows=_more_rows(sides, state) if verdict == "undecided" else None,
        inputs={**settings, **inputs_of(state), "against": against},
    )


def _judgement(sides: Sides, low: float, high: float, rows: int) -> Judgement:
    if rows and low > sides.pass_above:
        return "pass"
    return "fail" if rows and high < sides.fail_below else "undecided"


def _more_rows(sides: Sides, state: MeanState) -> int | None:
    """Until the nearer of the two decisions, if rows go on as they are."""
    to_pass = rows_above(state, sides.pass_above, sides.alpha)
    to_fail = rows_below(state, sides.fail_below, sides.alpha_fail)
    return min((rows for rows in (to_pass, to_fail) if rows is not None), default=None)


def _reason(
    sides: Sides, verdict: Judgement, state: MeanState, low: float, high: float, who: str, against: str
) -> str:
    if not state.rows:
        return f"{who} cannot be compared with {against} yet: no row that counts has its truth."
    seen = f"the difference is {state.mean:+.4g} on {state.rows:,} rows"
    if verdict == "pass":
        return f"{who} is {sides.passed} {against}: {seen}, above {low:+.4g} with {1 - sides.alpha:.6g} confidence."
    if verdict == "fail":
        return (
            f"{who} is {sides.failed} {against}: {seen}, below {high:+.4g} with {1 - sides.alpha_fail:.4g} "
            "confidence."
        )
    bounds = f", between {low:+.4g} and {high:+.4g}" if isfinite(low) else ", too few for an interval"
    return f"{who} is neither shown to be {sides.passed} {against} nor {sides.failed} it: {seen}{bounds}."
