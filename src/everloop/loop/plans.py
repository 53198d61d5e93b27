"""Ways in which a candidate takes the traffic, as a person declares them."""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Literal, Protocol

from everloop.errors import InvalidRequest
from everloop.loop.checked import metric_meant, number
from everloop.records.durations import duration
from everloop.records.loop import RolloutPlan

LONGEST = timedelta(days=365)


class Plan(Protocol):
    """A way into the traffic."""

    def plan(self) -> RolloutPlan:
        """The stored form; raises InvalidRequest for what cannot be one."""
        ...


@dataclass(frozen=True, slots=True)
class _Guarded:
    """What all ways have in common.

    bake: at least so long at each step. max_wait: whatever is undecided by then ends as a rollback.
    min_answers: of the candidate at each step. margin: how much worse is still no worse, in the metric's unit.
    more_errors: how many more of the requests that it sees may fail than of the champion's, a share. slower: how many
    times the champion's 95th percentile of latency its own may be. shift: how far its answers may lie from the
    champion's, as total variation. What cannot be raises InvalidRequest as the plan is made.
    """

    _: KW_ONLY
    bake: str | timedelta = "10m"
    max_wait: str | timedelta = "7d"
    min_answers: int = 20
    metric: str = ""
    margin: float = 0.01
    more_errors: float = 0.01
    slower: float = 1.5
    shift: float = 0.3

    def _stored(
        self, kind: Literal["canary", "linear", "all_at_once"], steps: Sequence[float]
    ) -> RolloutPlan:
        if isinstance(steps, str) or not isinstance(steps, Iterable):
            raise InvalidRequest(
                f"steps={steps!r}: they are several shares of the traffic.", remedy="Write steps=(0.1, 0.5)."
            )
        shares = tuple(number(step, "steps") for step in steps)
        if not shares or any(not 0 < s <= 1 for s in shares) or list(shares) != sorted(set(shares)):
            raise InvalidRequest(
                f"steps={tuple(steps)!r}: they are rising shares of the traffic, above 0 and up to 1.",
                remedy="Write steps=(0.1, 0.5).",
            )
        bake, max_wait = duration(self.bake), duration(self.max_wait)
        if not timedelta(0) <= bake < max_wait <= LONGEST or bake * len(shares) >= max_wait:
            raise InvalidRequest(
                f"bake={self.bake!r} at {len(shares)} steps does not fit into max_wait={self.max_wait!r}.",
                remedy="Wait longer, or bake for less.",
            )
        for name, low in (("margin", 0.0), ("more_errors", 0.0), ("slower", 1.0), ("shift", 0.0)):
            number(getattr(self, name), name, above=low)
        metric_meant(self.metric)
        if (
            isinstance(self.min_answers, bool)
            or not isinstance(self.min_answers, int)
            or self.min_answers < 1
        ):
            raise InvalidRequest(f"min_answers={self.min_answers!r}: it is a whole number from 1.")
        return RolloutPlan(
            kind=kind,
            steps=shares,
            bake=bake,
            max_wait=max_wait,
            min_answers=self.min_answers,
            metric=self.metric,
            margin=float(self.margin),
            more_errors=float(self.more_errors),
            slower=float(self.slower),
            shift=float(self.shift),
        )


@dataclass(frozen=True, slots=True)
class Canary(_Guarded):
    """A small share first, then larger ones."""

    _: KW_ONLY
    steps: Sequence[float] = (0.1, 0.5)

    def __post_init__(self) -> None:
        self.plan()

    def plan(self) -> RolloutPlan:
        """The stored form."""
        return self._stored("canary", self.steps)


@dataclass(frozen=True, slots=True)
class Linear(_Guarded):
    """Equal steps: 0.25 is a quarter, a half, three quarters of the traffic."""

    _: KW_ONLY
    step: float = 0.25

    def __post_init__(self) -> None:
        self.plan()

    def plan(self) -> RolloutPlan:
        """The stored form."""
        if not 0 < number(self.step, "step") < 1:
            raise InvalidRequest(f"step={self.step!r}: it is a share of the traffic between 0 and 1.")
        count = int((1 - 1e-9) / self.step)
        return self._stored("linear", [round(self.step * (i + 1), 6) for i in range(count)])


@dataclass(frozen=True, slots=True)
class AllAtOnce(_Guarded):
    """All of the traffic from the first moment, watched while it bakes."""

    def __post_init__(self) -> None:
        self.plan()

    def plan(self) -> RolloutPlan:
        """The stored form."""
        return self._stored("all_at_once", (1.0,))
