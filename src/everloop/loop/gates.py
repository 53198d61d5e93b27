"""Gates as a person declares them, checked as they are made. What each of them tests is in docs/gates.md."""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Protocol

from everloop.errors import InvalidRequest
from everloop.loop.checked import metric_meant, number
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

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(
            kind="no_worse", metric=metric_meant(self.metric), margin=number(self.margin, "margin", above=0.0)
        )


@dataclass(frozen=True, slots=True)
class BeatsBaseline:
    """The candidate is better than the best answer that looks at no input."""

    metric: str = ""

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="beats_baseline", metric=metric_meant(self.metric))


@dataclass(frozen=True, slots=True)
class BeatsDecisions:
    """The candidate is better than what people decided, as recorded in the input column `column`."""

    column: str
    _: KW_ONLY
    metric: str = ""

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        if not isinstance(self.column, str) or not self.column:
            raise InvalidRequest(f"column={self.column!r}: it is the name of an input or an outcome.")
        return GateRule(kind="beats_decisions", metric=metric_meant(self.metric), columns=(self.column,))


@dataclass(frozen=True, slots=True)
class NoWorseSlices:
    """No value of the columns `by` marks a group for which the candidate is worse by more than `margin`."""

    metric: str = ""
    _: KW_ONLY
    by: Sequence[str]
    margin: float = 0.05

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        if isinstance(self.by, str) or not isinstance(self.by, Iterable) or not tuple(self.by):
            raise InvalidRequest("`by` is a list of columns.", remedy='Write by=["gender"].')
        margin = number(self.margin, "margin", above=0.0)
        return GateRule(
            kind="no_worse_slices", metric=metric_meant(self.metric), margin=margin, columns=tuple(self.by)
        )


@dataclass(frozen=True, slots=True)
class LatencyBudget:
    """One row is answered within so many milliseconds, in 95 of 100 cases."""

    milliseconds: float

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="latency", limit=number(self.milliseconds, "milliseconds", above=0.0))


@dataclass(frozen=True, slots=True)
class SizeBudget:
    """The bundle has at most so many bytes."""

    bytes: int

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> GateRule:
        """The stored form."""
        return GateRule(kind="size", limit=number(self.bytes, "bytes", above=0.0))
