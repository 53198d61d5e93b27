"""Which metric a gate means, and what is said where no metric can be known."""

from dataclasses import replace

from everloop.errors import InvalidRequest
from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.evidence.metrics import METRICS, metric_named
from everloop.records.verdict import Verdict


def metric_of(name: str, case: Case) -> str:
    """The metric's name; an empty one is accuracy of classes, the mean absolute error of numbers.

    Raises InvalidRequest for an unknown metric, or one of the other task.
    """
    metric = metric_named(name or ("accuracy" if case.classes else "mae"))
    task = "classification" if case.classes else "regression"
    if metric.task != task:
        names = ", ".join(one.name for one in METRICS.values() if one.task == task)
        raise InvalidRequest(f"{metric.name!r} is no metric of a {task}.", remedy=f"Use one of {names}.")
    return metric.name


def unknowable(gate: str, name: str) -> Verdict:
    """Of a comparison that only live traffic can make: undecided, and not needed."""
    reason = "its truth is a reaction to the answers: only randomised traffic can tell, and the rollout will"
    return replace(finding(gate, name, reason, found=None), needed=False)
