"""Gates as a person declares them. What each of them tests, and how surely, is in docs/gates.md."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Protocol

from everloop.errors import InvalidRequest
from everloop.records.loop import GateRule


class Gate(Protocol):
    """Something a candidate must pass before it sees traffic."""

    def rule(self) -> GateRule:
        """The stored form; raises InvalidRequest for what cannot be one."""
        ...


@dataclass(frozen=True, slots=True)
class NoWorse:
    """The candidate is no worse than the champion, nor than the anchor, by more than `margin`.

    `margin` is in the metric's own unit: 0.01 of accuracy is one point. An empty metric is the task's own.
    """

    metric: str = ""
    _: KW_ONLY
    margin: float = 0.01

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="no_worse", metric=self.metric, margin=_positive(self.margin, "margin"))


@dataclass(frozen=True, slots=True)
class BeatsBaseline:
    """The candidate is better than the best answer that looks at no input."""

    metric: str = ""

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="beats_baseline", metric=self.metric)


@dataclass(frozen=True, slots=True)
class BeatsDecisions:
    """The candidate is better than what people decided, as recorded in the input column `column`."""

    column: str
    _: KW_ONLY
    metric: str = ""

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="beats_decisions", metric=self.metric, columns=(self.column,))


@dataclass(frozen=True, slots=True)
class NoWorseSlices:
    """No value of the columns `by` marks a group for which the candidate is worse by more than `margin`."""

    metric: str = ""
    _: KW_ONLY
    by: Sequence[str]
    margin: float = 0.05

    def rule(self) -> GateRule:
        """The stored form."""
        if isinstance(self.by, str) or not self.by:
            raise InvalidRequest("`by` is a list of columns.", remedy='Write by=["gender"].')
        margin = _positive(self.margin, "margin")
        return GateRule(kind="no_worse_slices", metric=self.metric, margin=margin, columns=tuple(self.by))


@dataclass(frozen=True, slots=True)
class LatencyBudget:
    """One row is answered within so many milliseconds, in 95 of 100 cases."""

    milliseconds: float

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="latency", limit=_positive(self.milliseconds, "milliseconds"))


@dataclass(frozen=True, slots=True)
class SizeBudget:
    """The bundle has at most so many bytes."""

    bytes: int

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="size", limit=_positive(self.bytes, "bytes"))


def _positive(number: float, name: str) -> float:
    if not isinstance(number, int | float) or isinstance(number, bool) or not 0 < number < float("inf"):
        raise InvalidRequest(f"{name}={number!r}: it is a number above 0.")
    return float(number)
