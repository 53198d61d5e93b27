"""What a rehearsal does with a table of so many rows, where nobody says otherwise. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from everloop.errors import InvalidRequest
from everloop.loop.sizing import in_two_digits, sized
from everloop.records.durations import in_words

LEAST_FIRST, MOST_FIRST = 100, 5_000  # rows that the first model learns from
LEAST_OUTCOMES = 100  # that turn the loop: a short past lets it turn too, and its gates wait for more
SECONDS = 60.0  # that the sending takes, about
SLOWEST, FASTEST = 10.0, 500.0  # rows a second: more than one machine's loop can follow is no rehearsal
SPEED = 600.0  # of the platform's time: ten minutes of baking are a second


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalPlan:
    """The figures of a rehearsal; `lines` says them to people."""

    rows: int  # of the table
    first: int  # that the first model is trained on
    rate: float  # rows a second, of the machine's time
    outcome_delay: timedelta  # of the platform's time
    after_outcomes: int  # that turn the loop
    margin: float  # in the metric's unit
    steps: tuple[float, ...] = (0.1, 0.5)
    bake: timedelta = timedelta(minutes=10)
    max_wait: timedelta = timedelta(days=7)
    patience: timedelta = timedelta(days=1)
    speed: float = SPEED

    @property
    def replayed(self) -> int:
        """Rows that are sent."""
        return self.rows - self.first

    def lines(self, *, declared: bool = False) -> list[str]:
        """What happens, and the option that changes it; with a `declared` loop, without what is the loop's to say."""
        steps = ", ".join(f"{step:.0%}" for step in self.steps)
        own = [
            f"{self.after_outcomes:,} truths turn the loop (--after), or drift",
            f"a candidate has to be no worse by {self.margin:g} (--margin), then takes {steps} and all of the traffic, "
            f"{in_words(self.bake)} at least at each step",
        ]
        return [
            f"the first {self.first:,} of {self.rows:,} rows train the first model (--first)",
            f"the other {self.replayed:,} are sent, {self.rate:g} a second (--rate), "
            f"each truth {in_words(self.outcome_delay)} later (--outcome-delay)",
            *([] if declared else own),
            f"the platform's time runs {self.speed:g} times as fast as yours (--speed)",
        ]


def plan_for(
    rows: int,
    *,
    spread: float | None = None,
    first: int | None = None,
    rate: float | None = None,
    outcome_delay: timedelta = timedelta(0),
    after_outcomes: int | None = None,
    margin: float | None = None,
    speed: float | None = None,
) -> RehearsalPlan:
    """The plan for a table of so many rows; what is given stays.

    spread: the standard deviation of a target that is a number; None for classes. How many truths turn the loop, and
    the margin, are what `everloop new` chooses for so many rows (`everloop.loop.sizing`).
    Raises InvalidRequest where nothing is left to send.
    """
    first = min(max(rows // 10, LEAST_FIRST), MOST_FIRST) if first is None else first
    left = rows - first
    size = sized(left, spread=spread, least=LEAST_OUTCOMES, after_outcomes=after_outcomes)
    after = size.after_outcomes
    if first < 1 or left < after:
        raise InvalidRequest(
            f"Of {rows:,} rows {max(left, 0):,} are left to send, and the loop turns after {after:,} of them.",
            remedy="Give more rows, or a smaller --first or --after.",
        )
    chosen = rate if rate is not None else min(max(left / SECONDS, SLOWEST), FASTEST)
    return RehearsalPlan(
        rows=rows,
        first=first,
        rate=in_two_digits(chosen) if rate is None else rate,
        outcome_delay=outcome_delay,
        after_outcomes=after,
        margin=size.margin if margin is None else margin,
        max_wait=max(timedelta(days=7), 8 * outcome_delay),
        patience=max(timedelta(days=1), 4 * outcome_delay),
        speed=SPEED if speed is None else speed,
    )
