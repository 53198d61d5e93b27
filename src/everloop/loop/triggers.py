"""Why a loop turns by itself, as a person declares it; checked as it is made."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from everloop.errors import InvalidRequest
from everloop.records.durations import duration
from everloop.records.loop import TriggerRule


class Trigger(Protocol):
    """A reason to turn."""

    def rule(self) -> TriggerRule:
        """The stored form; raises InvalidRequest for what cannot be one."""
        ...


@dataclass(frozen=True, slots=True)
class AfterOutcomes:
    """So many predictions have become mature since it last turned."""

    count: int

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> TriggerRule:
        """The stored form."""
        if isinstance(self.count, bool) or not isinstance(self.count, int) or self.count < 1:
            raise InvalidRequest(f"AfterOutcomes({self.count!r}): it is a whole number from 1.")
        return TriggerRule(kind="outcomes", count=self.count)


@dataclass(frozen=True, slots=True)
class OnDrift:
    """A monitor has raised an alert, and so many predictions have become mature since the loop last turned.

    An alert alone teaches nothing: it takes truths of the changed world.
    """

    outcomes: int = 50

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> TriggerRule:
        """The stored form."""
        if isinstance(self.outcomes, bool) or not isinstance(self.outcomes, int) or self.outcomes < 1:
            raise InvalidRequest(f"OnDrift({self.outcomes!r}): it is a whole number of outcomes from 1.")
        return TriggerRule(kind="drift", count=self.outcomes)


@dataclass(frozen=True, slots=True)
class Every:
    """So much time has passed since it last turned."""

    length: str | timedelta

    def __post_init__(self) -> None:
        self.rule()

    def rule(self) -> TriggerRule:
        """The stored form."""
        every = duration(self.length)
        if every <= timedelta(0):
            raise InvalidRequest(f"Every({self.length!r}): it is a length of time above nothing.")
        return TriggerRule(kind="schedule", every=every)
