"""Which candidate goes on, if any. Doing nothing is always one of the choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from everloop.evaluation.gain import Gain
from everloop.evidence.gain_in_words import gain_in_words
from everloop.records.endpoint import VersionRef
from everloop.records.verdict import Verdict

Standing = Literal["passed", "undecided", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A candidate, what its gates said, and by how much it scored better than the champion on the rows so far."""

    candidate: VersionRef
    verdicts: tuple[Verdict, ...]
    metric: str = ""
    gain: Gain | None = None  # None: nothing to compare
    rows: int = 0
    levels: tuple[str, str] | None = None  # its own score and the champion's, in words

    @property
    def standing(self) -> Standing:
        """Refused by one gate that fails; undecided while one that is needed is."""
        if any(v.verdict == "fail" for v in self.verdicts):
            return "refused"
        if any(v.verdict == "undecided" and v.needed for v in self.verdicts):
            return "undecided"
        return "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The winner or none, and why. Without one, `undecided` says that more rows may change it."""

    winner: VersionRef | None
    undecided: bool
    reason: str
    more_rows: int | None = None  # until the first of the undecided candidates may pass


def choose(examined: Sequence[Examined]) -> Choice:
    """The candidate with the largest gain among those that passed every gate; of equal ones the first.

    Each candidate was tested at its share of the error rates, so that choosing among several is as safe as taking one.
    """
    passed = [e for e in examined if e.standing == "passed"]
    if passed:
        best = max(passed, key=lambda e: e.gain.value if e.gain is not None else float("-inf"))
        return Choice(winner=best.candidate, undecided=False, reason=_won(best, examined))
    waiting = [e for e in examined if e.standing == "undecided"]
    if waiting:
        told = "; ".join(_why(e, "undecided") for e in waiting)
        return Choice(winner=None, undecided=True, reason=told, more_rows=_more(waiting))
    told = "; ".join(_why(e, "fail") for e in examined) or "there is no candidate"
    return Choice(winner=None, undecided=False, reason=told)


def _won(best: Examined, examined: Sequence[Examined]) -> str:
    count = sum(v.verdict == "pass" for v in best.verdicts)
    told = f"{best.candidate} passes {count} checks"
    if best.gain is not None:
        on = f"on {best.rows:,} answers served after both were trained"
        levels = f" {best.levels[1]} -> {best.levels[0]}" if best.levels is not None else ""
        by = gain_in_words(best.metric, best.gain.value, best.gain.low, best.gain.high)
        told += f", {best.metric}{levels} {on}, {'' if best.gain.is_shown else 'no gain shown: '}{by}"
    others = [str(e.candidate) for e in examined if e is not best]
    return told + (f"; before {', '.join(others)}" if others else "")


def _why(one: Examined, verdict: str) -> str:
    first = next(v for v in one.verdicts if v.verdict == verdict and (v.needed or verdict == "fail"))
    return f"{one.candidate}: {first.reason}"


def _more(waiting: Sequence[Examined]) -> int | None:
    """The fewest rows after which all that holds one candidate back may be decided."""
    found = []
    for one in waiting:
        wanted = [v.more_rows for v in one.verdicts if v.verdict == "undecided" and v.needed]
        if wanted and all(rows is not None for rows in wanted):
            found.append(max(rows for rows in wanted if rows is not None))
    return min(found, default=None)
