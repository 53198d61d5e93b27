"""What the versions of a simulated model are worth: drawn by the seed, known to nobody inside."""

import random
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

OWN = (
    0.15  # of the rows a version is right or wrong for reasons of its own; on the others the hard rows decide
)
OUTDATED = 0.2  # of its accuracy a version loses in a world that it has not learned
ERRORS = {"errors": 0.1, "many errors": 0.5}  # more, of the rows
SLOWER_MS = {"latency": 500.0}
LEANING = {"shift": 0.9}  # of the rows that come live, it answers 1 to these


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The truth about a version."""

    accuracy: float  # in the world that it has learned
    world: int
    defect: str = ""  # that shows in the traffic alone

    @property
    def errors(self) -> float:
        """The share of rows that it answers with an error."""
        return 0.01 + ERRORS.get(self.defect, 0.0)

    @property
    def slower_ms(self) -> float:
        """How much longer it takes than others."""
        return SLOWER_MS.get(self.defect, 0.0)


@dataclass(slots=True)
class Planted:
    """The versions of one model, and what each of them answers to every row there will ever be."""

    seed: str
    gains: tuple[float, ...]
    defects: tuple[str, ...]
    qualities: dict[int, Quality] = field(default_factory=dict)
    _draws: dict[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    _chances: dict[int, np.random.Generator] = field(default_factory=dict)

    def plant(self, number: int, world: int, champion: int | None) -> Quality:
        """The quality of a version learned in `world`, relative to the champion of its time; the same each time."""
        if number not in self.qualities:
            chance = random.Random(f"{self.seed}/{number}")
            accuracy, defect = 0.8, ""
            if champion is not None:
                accuracy = self.qualities[champion].accuracy + chance.choice(self.gains)
                defect = chance.choice(self.defects)
            accuracy = min(max(accuracy, 0.3), 0.95)
            self.qualities[number] = Quality(accuracy=accuracy, world=world, defect=defect)
        return self.qualities[number]

    def worth(self, number: int, world: int) -> float:
        """The accuracy of a version in a world."""
        quality = self.qualities[number]
        return quality.accuracy if quality.world == world else quality.accuracy - OUTDATED

    def right(
        self, number: int, difficulty: npt.NDArray[np.float64], worlds: npt.NDArray[np.int64], first: int = 0
    ) -> npt.NDArray[np.bool_]:
        """Which of these rows, from the one with the number `first` on, the version answers rightly."""
        quality = self.qualities[number]
        accuracy = np.where(worlds == quality.world, quality.accuracy, quality.accuracy - OUTDATED)
        own = self._drawn(number, first + len(difficulty))[first:, 0]
        return np.where(own < OWN, own / OWN < accuracy, difficulty < accuracy)

    def failing(self, number: int, rows: int) -> npt.NDArray[np.bool_]:
        """To which of the first `rows` rows the version answers with an error."""
        return self._drawn(number, rows)[:, 1] < self.qualities[number].errors

    def leaning(self, number: int, rows: int, first: int = 0) -> npt.NDArray[np.bool_]:
        """To which rows, from `first` up to `rows`, the version answers 1 whatever it sees, when they come live."""
        return self._drawn(number, rows)[first:, 2] < LEANING.get(self.qualities[number].defect, 0.0)

    def _drawn(self, number: int, rows: int) -> npt.NDArray[np.float64]:
        known = self._draws.get(number)
        if known is None or len(known) < rows:
            if number not in self._chances:
                key = [*self.seed.encode(), number]
                self._chances[number] = np.random.default_rng(key)
            more = max(1024, rows - (0 if known is None else len(known)))
            fresh = self._chances[number].random((more, 3))
            known = fresh if known is None else np.concatenate([known, fresh])
            self._draws[number] = known
        return known[:rows]
