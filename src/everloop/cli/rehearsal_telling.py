"""Tells a rehearsal in the terminal: what happens, a line each, and at the end what it was worth."""

from typing import TYPE_CHECKING

import typer

from everloop.cli.progress_line import ProgressLine
from everloop.cli.show import printable

if TYPE_CHECKING:
    from everloop.evidence.estimate import Estimate
    from everloop.replay.sent import Sent
    from everloop.workspace.before_after import TurningPoint
    from everloop.workspace.happenings import Happening
    from everloop.workspace.rehearse import Rehearsed, Voice

UNDECIDED = "gates undecided"
QUIET = ("rollout widens", UNDECIDED, "alert closed")  # told without a mark
FOLDED = {"drift", "data"}  # monitors of inputs and answers: where the world moves they raise many alerts


class Telling:
    """Lines for people, and one line below them that shows how far it is.

    The first alert of drift is told whole; those that follow are counted, and told in one line before the next thing
    that happens. All of them are among the events.
    """

    def __init__(self, *, to_error: bool) -> None:
        self._to_error = to_error
        self._line = ProgressLine()
        self._undecided = False
        self._told: set[str] = set()  # monitors whose first alert was told
        self._folded: list[Happening] = []

    def say(self, text: str) -> None:
        """A line that stays."""
        self._line.clear()
        typer.echo(printable(text), err=self._to_error)

    def voice(self) -> "Voice":
        """What the rehearsal speaks with."""
        from everloop.workspace.rehearse import Voice

        return Voice(line=lambda line: self.say(f"  {line}"), happened=self.happened, sent=self._sent)

    def happened(self, happening: "Happening") -> None:
        """Tell it, or count it among what is told later."""
        again, self._undecided = self._undecided, happening.kind == UNDECIDED
        if again and self._undecided:  # each look of the gates says the same with a few rows more
            return
        if self._folds(happening):
            self._folded.append(happening)
            return
        self._unfold()
        mark = " " if happening.kind in QUIET else "*"
        several = happening.kind == "alert" and len(happening.columns) > 1
        columns = f" ({', '.join(happening.columns)})" if several else ""
        self.say(f"{mark} {happening.after_rows:>7,} rows  {happening.line}{columns}")

    def ending(self, told: "Rehearsed", folder: str) -> None:
        """What came of it."""
        self._unfold()
        self.say(told.sent.line() + ("." if told.is_whole else "; interrupted."))
        for line in _points_in_words(told.turning_points):
            self.say(f"  {line}")
        self.say(
            f"{told.promotions} promoted, {told.refusals} refused, {told.rollbacks} rolled back; alerts: "
            f"{told.drift_alerts} of drift, {told.quality_alerts} of quality. {told.champion} answers. "
            f"{told.seconds:.0f} s."
        )
        if told.worth is not None:
            self.say(told.worth.line())
        if folder:
            self.say(f"Everything is in {folder}: everloop why --folder {folder}")

    def _folds(self, happening: "Happening") -> bool:
        """Whether it tells only that the world goes on moving."""
        if not happening.kind.startswith("alert") or not set(happening.monitors) <= FOLDED:
            return False
        if happening.kind == "alert closed":
            return True
        fresh = set(happening.monitors) - self._told
        self._told |= fresh
        return not fresh

    def _unfold(self) -> None:
        folded, self._folded = self._folded, []
        if not folded:
            return
        raised = sum(h.kind == "alert" for h in folded)
        closed = len(folded) - raised
        told = [f"{count:,} {what}" for count, what in ((raised, "more raised"), (closed, "closed")) if count]
        self.say(f"  {folded[-1].after_rows:>7,} rows  alerts of drift: {', '.join(told)}")

    def _sent(self, sent: "Sent") -> None:
        self._line.show(sent.line())


def _points_in_words(points: "tuple[TurningPoint, ...]") -> list[str]:
    """Of each what it changed; of alerts of drift only the first."""
    lines, drifted = [], False
    for point in points:
        happening = point.happening
        if happening.kind == "alert" and set(happening.monitors) <= FOLDED:
            if drifted:
                continue
            drifted = True
        what = f"{happening.kind} {happening.candidate or ', '.join(happening.monitors)}".rstrip()
        change = f"{_in_words(point.before)} before, {_in_words(point.after)} after{_change(point.gain)}"
        lines.append(f"{what}: {change}")
    return lines


def _change(gain: "Estimate | None") -> str:
    from everloop.workspace.rehearsal_worth import shown, told

    if gain is None:
        return ""
    return "; no change shown" if shown(gain) == "no difference" else f"; {told(gain)}"


def _in_words(estimate: "Estimate | None") -> str:
    if estimate is None:
        return "nothing known"
    if estimate.metric == "accuracy":
        return f"{estimate.value:.1%} right [{estimate.low:.1%}, {estimate.high:.1%}]"
    return f"{estimate.metric} {estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"
