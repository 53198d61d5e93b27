"""The demo's script. Each stretch ends when something has happened, not after so many rows or seconds."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from everloop.errors import Conflict, Unreachable
from everloop.replay.sent import Sent
from everloop.workspace.demo import facts
from everloop.workspace.demo.digits import FIRST, REPLACED, TARGET, USUAL, first_scans, stream
from everloop.workspace.demo.models import NAME, TRUTHS, brittle_recipe, digits_loop, usual_recipe
from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal import Rehearsal

if TYPE_CHECKING:
    from everloop.actions.queries.quality_history import QualityHistory
    from everloop.workspace.replaying import Replay
    from everloop.workspace.version import Version

RATE = 20.0  # digits a second
SPEED = 600.0  # of the platform's time: ten minutes of baking are a second
DELAY = "5m"  # of that time, until a truth comes
BETTER, RECOVERED = 300, 200  # rows that a new champion has seen at least before its accuracy is told
ATTEMPTS = 5
HELPING = 10  # rows
WAIT_S = 3.0
LOOK_S = 0.1
SHUFFLED = "shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it."""

    seed: int
    promotions: int
    refusals: int
    rollbacks: int
    drift_raised_after: int | None  # predictions after the scanner was replaced; None where it was not raised
    delivered: int
    captured_of_delivered: int
    accuracy: tuple[facts.Better, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How the demo is told: a new chapter, a line of detail, what happens, how far it is."""

    chapter: Callable[[str], None]
    line: Callable[[str], None]
    happened: Callable[[Happening], None]
    sent: Callable[[Sent], None]
    quality: "Callable[[QualityHistory], None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a picture is drawn from."""

    seen: facts.Seen
    happenings: tuple[Happening, ...]
    changed: int  # the first row of the new scanner


class Story:
    """One demo in a folder of its own."""

    def __init__(self, rehearsal: Rehearsal, seed: int, voice: Voice) -> None:
        self._rehearsal = rehearsal
        self._seed = seed
        self._voice = voice
        self._asked = 0.0

    def tell(self, replay: "Replay") -> int:
        """Everything that happens after the first model has gone live; the first row of the new scanner."""
        self._more_data(replay)
        shuffled, brittle = self._challengers()
        self._refused(replay, shuffled)
        changed = self._scanner_changes(replay, brittle)
        self._recovers(replay)
        return changed

    def _more_data(self, replay: "Replay") -> None:
        self._voice.chapter("Digits stream in, and their truth follows. Enough of it turns the loop.")
        self._until(replay, lambda: self._count("turns") >= 1, most=TRUTHS + 10)
        self._until(replay, lambda: self._count("promoted") >= 1, most=80)

    def _challengers(self) -> "tuple[Version, Version]":
        """Two candidates, trained while nothing is sent: one on shuffled labels, one that overrates its scanner."""
        self._voice.chapter("Two colleagues train candidates of their own.")
        workspace, learned = self._rehearsal.workspace, self._rehearsal.workspace.datasets[NAME].read()
        labels = learned[TARGET].take(np.random.default_rng(self._seed).permutation(learned.num_rows))
        place = learned.schema.get_field_index(TARGET)
        workspace.datasets[SHUFFLED].append(learned.set_column(place, TARGET, labels), note="labels shuffled")
        with ThreadPoolExecutor(2) as pool:
            fits = [
                pool.submit(
                    workspace.train, NAME, usual_recipe(self._seed), dataset=SHUFFLED, progress=_quiet
                ),
                pool.submit(workspace.train, NAME, brittle_recipe(self._seed), dataset=NAME, progress=_quiet),
            ]
            shuffled, brittle = (fit.result() for fit in fits)
        self._voice.line(f"{shuffled} has learned from rows whose labels were shuffled by mistake.")
        self._voice.line(f"{brittle} is as good as the champion, on the scanner that everybody knows.")
        return shuffled, brittle

    def _refused(self, replay: "Replay", shuffled: "Version") -> None:
        self._voice.chapter(f"{shuffled} is proposed.")
        self._propose(replay, shuffled, "a fresh fit, on a table whose labels were shuffled by mistake")
        self._until(replay, lambda: self._count("refused") >= 1, most=40)
        begun = next(h.after_rows for h in self._rehearsal.happenings if h.kind == "rollout begins")
        self._on_to(replay, begun + BETTER)

    def _scanner_changes(self, replay: "Replay", brittle: "Version") -> int:
        self._voice.chapter(f"{brittle} is proposed: on the rows there are it is no worse.")
        self._propose(replay, brittle, "as good, and simpler: it takes scans as they are")
        self._until(replay, lambda: self._count("rollout begins") >= 2, most=20)
        self._voice.chapter(
            "Its canary has begun, when somebody replaces the scanner: its scans are askew and fainter."
        )
        changed = replay.progress.sent
        replay.distort(*REPLACED.scans())
        self._until(replay, lambda: self._count("rolled back") >= 1 and self._drift(changed), most=160)
        return changed

    def _recovers(self, replay: "Replay") -> None:
        self._voice.chapter("The loop learns what the new scanner's digits look like.")
        self._until(replay, lambda: self._count("turns") >= 2, most=60)
        self._until(replay, lambda: self._count("promoted") >= 2, most=80)
        self._on_to(replay, replay.progress.sent + RECOVERED)

    def _propose(self, replay: "Replay", version: "Version", reason: str) -> None:
        """Wait for a candidate that is on its way, if there is one: one at a time."""
        for _ in range(ATTEMPTS):
            self._until(replay, self._is_free, most=20)
            try:
                self._rehearsal.endpoint.propose(str(version), reason)
                return
            except Conflict:  # the loop was quicker
                continue
        raise Conflict(
            f"{version} could not be proposed: the loop is always busy.", remedy="Try another --seed."
        )

    def _is_free(self) -> bool:
        """Whether no cycle is open."""
        loop = self._rehearsal.workspace.loop(NAME).status()
        return loop.cycle is None

    def _drift(self, changed: int) -> bool:
        return any(
            h.kind == "alert" and "drift" in h.monitors and h.after_rows >= changed
            for h in self._rehearsal.happenings
        )

    def _until(self, replay: "Replay", condition: Callable[[], bool], *, most: int) -> None:
        """Send until it holds: so many rows, and then a few at a time, for a machine on which the loop is slower.

        There is one row of each digit, so none is wasted on waiting. Raises Unreachable where they are used up.
        """
        self._rehearsal.send(replay, most, until=condition, watch=self._watch)
        while not condition():
            if replay.is_over:
                raise Unreachable(
                    "All digits were sent before the loop was done.", remedy="Try again, or another --seed."
                )
            self._wait(replay, condition)
            self._rehearsal.send(replay, HELPING, until=condition, watch=self._watch)

    def _wait(self, replay: "Replay", condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and not condition():
            self._rehearsal.hear(replay.progress.sent)
            self._watch(replay.progress)
            time.sleep(LOOK_S)

    def _on_to(self, replay: "Replay", number: int) -> None:
        """Send all rows before this one."""
        self._rehearsal.send(replay, max(0, number - replay.progress.sent), watch=self._watch)

    def _watch(self, sent: Sent) -> None:
        self._voice.sent(sent)
        if time.monotonic() - self._asked > 2.0:
            self._asked = time.monotonic()
            self._voice.quality(self._rehearsal.endpoint.quality_history(points=40))

    def _count(self, kind: str) -> int:
        return self._rehearsal.count(kind)


def play(folder: Path, seed: int, voice: Voice) -> tuple[Told, Record]:
    """The whole demo in `folder`. Raises Conflict where a project is there already, and what training raises."""
    begun = time.monotonic()
    with Rehearsal(folder, digits_loop(seed), speed=SPEED, heard=voice.happened) as rehearsal:
        voice.chapter(f"A model learns from the first {FIRST} handwritten digits, and goes live.")
        rehearsal.begin(first_scans(seed), progress=voice.line)
        with rehearsal.replay(
            stream(seed), target=TARGET, rate=RATE, outcome_delay=DELAY, distort=USUAL.scans(), seed=seed
        ) as replay:
            changed = Story(rehearsal, seed, voice).tell(replay)
            rehearsal.settle(replay, until=lambda: not replay.progress.truth_waiting, within_s=20.0)
            sent = replay.stop()
        return _told(rehearsal, seed, replay.id, sent, changed, begun)


def _told(
    rehearsal: Rehearsal, seed: int, replay: str, sent: Sent, changed: int, begun: float
) -> tuple[Told, Record]:
    ledger = rehearsal.workspace.ledger(rehearsal.endpoint.name)
    seen = facts.seen(ledger, replay)
    happenings = tuple(rehearsal.happenings)
    told = Told(
        seed=seed,
        promotions=rehearsal.count("promoted"),
        refusals=rehearsal.count("refused"),
        rollbacks=rehearsal.count("rolled back"),
        drift_raised_after=facts.drift_after(ledger, replay, happenings, changed),
        delivered=sent.delivered,
        captured_of_delivered=facts.captured(ledger, replay, sent.sent),
        accuracy=facts.promotions(seen, happenings, changed),
        seconds=round(time.monotonic() - begun, 1),
    )
    return told, Record(seen=seen, happenings=happenings, changed=changed)


def _quiet(line: str) -> None:
    """Nobody watches."""
