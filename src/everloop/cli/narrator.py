"""Tells the demo in the terminal as it happens: chapters, what the loop decides and why, a spark line of accuracy."""

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from everloop.cli.progress_line import ProgressLine
from everloop.cli.show import printable

if TYPE_CHECKING:
    from everloop.actions.queries.quality_history import QualityHistory
    from everloop.evidence.estimate import Estimate
    from everloop.replay.sent import Sent
    from everloop.workspace.demo.story import Told, Voice
    from everloop.workspace.happenings import Happening

BARS = "▁▂▃▄▅▆▇█"
FLOOR = 0.3  # of the spark line
SPARKS = 32
SIGNS = {  # of what happens: a sign and its style
    "deployed": ("●", "bold"),
    "turns": ("↻", "bold blue"),
    "proposed": ("→", "bold"),
    "refused": ("✗", "bold red"),
    "rollout begins": ("▷", "blue"),
    "rollout widens": ("▷", "blue"),
    "promoted": ("✓", "bold green"),
    "rolled back": ("↩", "bold red"),
    "alert": ("!", "bold yellow"),
}
UNDECIDED = "gates undecided"


class Narrator:
    """Writes to standard output, or to standard error where that is kept for JSON."""

    def __init__(self, *, to_error: bool) -> None:
        self._console = Console(stderr=to_error, highlight=False, soft_wrap=False)
        self._line = ProgressLine()
        self._begun = time.monotonic()
        self._spark = ""
        self._undecided = False

    def voice(self) -> "Voice":
        """What the demo speaks with."""
        from everloop.workspace.demo.story import Voice

        return Voice(
            chapter=self._chapter,
            line=self.line,
            happened=self._happened,
            sent=self._sent,
            quality=self._quality,
        )

    def line(self, text: str) -> None:
        """A line of detail."""
        self._say(text, "dim", 9)

    def ending(self, told: "Told", folder: str) -> None:
        """What came of it."""
        self._chapter("What came of it.")
        for better in told.accuracy:
            change = f"{_share(better.before)} → {_share(better.after)}"
            self._say(f"{better.event.partition(':')[0]}: {change}", "green", 9)
        self._say(
            f"{told.promotions} promoted, {told.refusals} refused, {told.rollbacks} rolled back. Drift was raised "
            f"{told.drift_raised_after} predictions after the scanner was replaced. {told.delivered:,} answers were "
            f"delivered, {told.captured_of_delivered:,} of them are in the ledger. {told.seconds:.0f} s.",
            "",
            9,
        )
        if folder:
            self._say(f"Everything is kept: everloop why --folder {folder}", "dim", 9)

    def _chapter(self, text: str) -> None:
        if self._spark:
            self._say(self._spark, "blue", 9)
        self._line.clear()
        self._console.print()
        self._say(text, "bold", 0)

    def _happened(self, happening: "Happening") -> None:
        again, self._undecided = self._undecided, happening.kind == UNDECIDED
        if again and self._undecided:  # each look of the gates says the same with a few rows more
            return
        sign, style = SIGNS.get(happening.kind, ("·", "dim"))
        self._line.clear()
        head = f"{sign} {happening.kind}" + (f" {happening.candidate}" if happening.candidate else "")
        self._say(f"{happening.after_rows:>6,}   {head}", style, 0)
        if happening.reason:
            self._say(happening.reason.removeprefix(f"{happening.candidate}: "), "", 11)

    def _sent(self, sent: "Sent") -> None:
        spark = f"   {self._spark}" if self._spark else ""
        seconds = time.monotonic() - self._begun
        self._line.show(
            f"{sent.sent:>6,}   digits sent, {sent.with_truth:,} with their truth{spark}   {seconds:.0f} s"
        )

    def _quality(self, history: "QualityHistory") -> None:
        points = history.points[-SPARKS:]
        if points:
            self._spark = "".join(_bar(p.value) for p in points) + f" {points[-1].value:.0%} right"

    def _say(self, text: str, style: str, indent: int) -> None:
        self._line.clear()
        self._console.print(
            Padding(escape(printable(text)), (0, 0, 0, indent), expand=False), style=style or None
        )


def _bar(value: float) -> str:
    place = int((value - FLOOR) / (1 - FLOOR) * len(BARS))
    return BARS[min(max(place, 0), len(BARS) - 1)]


def _share(estimate: "Estimate") -> str:
    return f"{estimate.value:.1%} right [{estimate.low:.1%}, {estimate.high:.1%}]"
