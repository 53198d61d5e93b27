"""What a rehearsal does with a table of so many rows, where nobody says otherwise. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from math import floor, log10, sqrt

from everloop.errors import InvalidRequest
from everloop.records.durations import in_words

LEAST_FIRST, MOST_FIRST = 100, 5_000  # rows that the first model learns from
TURNS = 6  # so often enough outcomes come together in one replay
LEAST_OUTCOMES = 100
KEPT = 0.3  # of the new rows, the latest are kept from a fit for the gates
SECONDS = 80.0  # that the sending takes, about
SLOWEST, FASTEST = 10.0, 300.0  # rows a second: more than one machine's loop can follow is no rehearsal
SURE = 0.8  # a margin of so many standard errors of a flag over the gates' rows: what so few rows can tell
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

    spread: the standard deviation of a target that is a number; None for classes. A margin is as large as what the
    gates' rows can tell, from 0.01 to 0.05 of accuracy or of the spread: with fewer rows smaller losses do not show.
    Raises InvalidRequest where nothing is left to send.
    """
    first = min(max(rows // 10, LEAST_FIRST), MOST_FIRST) if first is None else first
    left = rows - first
    after = max(LEAST_OUTCOMES, left // TURNS) if after_outcomes is None else after_outcomes
    if first < 1 or left < after:
        raise InvalidRequest(
            f"Of {rows:,} rows {max(left, 0):,} are left to send, and the loop turns after {after:,} of them.",
            remedy="Give more rows, or a smaller --first or --after.",
        )
    share = min(max(SURE / sqrt(KEPT * after), 0.01), 0.05)
    chosen = rate if rate is not None else min(max(left / SECONDS, SLOWEST), FASTEST)
    return RehearsalPlan(
        rows=rows,
        first=first,
        rate=_round(chosen) if rate is None else rate,
        outcome_delay=outcome_delay,
        after_outcomes=after,
        margin=_round(share * (1.0 if spread is None else spread or 1.0)) if margin is None else margin,
        max_wait=max(timedelta(days=7), 8 * outcome_delay),
        patience=max(timedelta(days=1), 4 * outcome_delay),
        speed=SPEED if speed is None else speed,
    )


def _round(number: float) -> float:
    """To one or two digits, as people would say it.

    >>> _round(0.0234), _round(53.4), _round(128.0)
    (0.023, 53.0, 130.0)
    """
    return round(number, 1 - floor(log10(abs(number)))) if number else 0.0
