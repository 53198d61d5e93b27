"""What happened in a simulation: a story to read, and a digest that the same seed gives again."""

from dataclasses import dataclass

import msgspec

from everloop.records.codec import digest_of
from everloop.records.cycle import Ending
from everloop.testing.simulator.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One simulated workspace, from its first deploy to its last closed cycle."""

    seed: int
    story: tuple[str, ...]
    endings: tuple[Ending, ...]
    end: tuple[str, ...]  # every record that stays, as JSON: what a run without faults has to give as well
    points: int  # at which a process could have died
    crashes: int
    slips: tuple[float, ...]  # of planted accuracy: how far below its anchor each promoted version was
    visited: tuple[str, ...]  # in which state a cycle was whenever somebody came by

    @property
    def digest(self) -> str:
        """Of all of it."""
        return digest_of(msgspec.json.encode([self.seed, self.story, self.endings, self.end]))


class InvariantBroken(BaseException):
    """Something happened that must never happen. Its message ends with the command that shows it again.

    No `Exception`: nothing in the loop, which survives whatever a store raises, may take it for a mishap.
    """

    def __init__(self, scenario: Scenario, what: str, story: tuple[str, ...]) -> None:
        tail = "\n".join(f"  {line}" for line in story[-12:])
        again = f"python -m everloop.testing.simulator {scenario.seed}"
        if scenario.name != "drawn":
            again += f" --scenario {scenario.name}"
        if scenario.faults.crash_at is not None:
            again += f" --crash-at {scenario.faults.crash_at}"
        super().__init__(f"seed {scenario.seed}: {what}\nlast:\n{tail}\nagain: {again}")
        self.story = story
