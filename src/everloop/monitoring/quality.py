"""Whether the champion is still as good as when it was chosen, on rows whose truth has come back."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from everloop.evidence.estimates import proportion
from everloop.evidence.policies.quality_kept import QualityKept
from everloop.ledger.labels import as_numbers
from everloop.monitoring.columns import pc
from everloop.records.monitor import Monitored
from everloop.statistics.sequential.spending import spent
from everloop.statistics.tally import Tally, standard_error, tally

BOUND = 2.576  # standard errors of what was promised: it is an estimate too, and is wrong by more in 1 of 200
LEVEL = 0.99  # of the interval whose end is the same bound for shares

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much worse is still no alert: points of accuracy, or a share of the mean absolute error."""

    margin: float = 0.02
    false_alarms: float = 0.01


def scores(task: Task, rows: pa.Table) -> Tally:
    """The scores of rows with `output` and `truth`: right is 1, wrong is 0; of numbers the absolute error.

    A row counts only where both are numbers: its tally has fewer rows than `rows` otherwise.
    """
    if task == "classification":
        right = pc.equal(rows["output"], rows["truth"])
        return tally(right.cast(pa.float64()).to_numpy())
    errors = pc.abs(pc.subtract(as_numbers(rows["output"]), as_numbers(rows["truth"])))
    return tally(errors.drop_null().to_numpy())


def policy_for(task: Task, promised: Tally, allowance: Allowance) -> QualityKept:
    """The rule for a champion that did so well on rows which its fit had not seen.

    Half of the chance of a false alarm is for the bound of what it promised, half for the windows.
    """
    if task == "classification":
        bound = proportion(round(promised.total), promised.rows, "accuracy", level=LEVEL).low
        return QualityKept(
            metric="accuracy",
            limit=max(0.0, bound - allowance.margin),
            promised=promised.mean,
            false_alarms=allowance.false_alarms,
        )
    bound = promised.mean + BOUND * (standard_error(promised) if promised.rows > 1 else promised.mean)
    return QualityKept(
        metric="mae",
        limit=bound + allowance.margin * promised.mean,
        promised=promised.mean,
        false_alarms=allowance.false_alarms,
    )


def judge_quality(policy: QualityKept, window: Tally, stretch: Tally, look: int) -> Monitored:
    """The window judged, or the long stretch that ends with it where that says more. `look` counts from 1."""
    alpha = spent(policy.false_alarms / 2, look) / 2
    verdict = policy.judge(window, name=policy.metric, refuted=policy.p_value(window) <= alpha)
    if verdict.verdict != "fail" and policy.p_value(stretch) <= alpha and _worse(policy, window):
        verdict = policy.judge(stretch, name=policy.metric, refuted=True)
    return Monitored(monitor="quality", subject=policy.metric, verdict=verdict)


def _worse(policy: QualityKept, window: Tally) -> bool:
    """Whether the newest window alone is beyond the limit too: what lies long ago raises nothing."""
    if window.rows == 0:
        return False
    return window.mean < policy.limit if policy.metric == "accuracy" else window.mean > policy.limit
