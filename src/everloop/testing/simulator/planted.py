"""What the versions of a simulated model are worth: drawn by the seed, known to nobody inside."""

import random
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

OWN = (
    0.15  # of the rows a version is right or wrong for reasons of its own; on the others the hard rows decide
)
OUTDATED = 0.2  # of its accuracy a version loses in a world that it has not learned
BETTER_OR_WORSE = (-0.3, -0.1, -0.05, 0.0, 0.0, 0.02, 0.05, 0.1)
MORE_ERRORS = (0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The truth about a version."""

    accuracy: float  # in the world that it has learned
    errors: float
    world: int


@dataclass(slots=True)
class Planted:
    """The versions of one model, and what each of them answers to every row there will ever be."""

    seed: str
    qualities: dict[int, Quality] = field(default_factory=dict)
    _draws: dict[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    _chances: dict[int, np.random.Generator] = field(default_factory=dict)

    def plant(self, number: int, world: int, champion: int | None) -> Quality:
        """The quality of a version learned in `world`, relative to the champion of its time; the same each time."""
        if number not in self.qualities:
            chance = random.Random(f"{self.seed}/{number}")
            accuracy, errors = 0.8, 0.01
            if champion is not None:
                accuracy = self.qualities[champion].accuracy + chance.choice(BETTER_OR_WORSE)
                errors += chance.choice(MORE_ERRORS)
            accuracy = min(max(accuracy, 0.3), 0.95)
            self.qualities[number] = Quality(accuracy=accuracy, errors=errors, world=world)
        return self.qualities[number]

    def right(
        self, number: int, difficulty: npt.NDArray[np.float64], worlds: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Which rows, from the first one on, the version answers rightly."""
        quality = self.qualities[number]
        accuracy = np.where(worlds == quality.world, quality.accuracy, quality.accuracy - OUTDATED)
        own = self._drawn(number, len(difficulty))[:, 0]
        return np.where(own < OWN, own / OWN < accuracy, difficulty < accuracy)

    def failing(self, number: int, rows: int) -> npt.NDArray[np.bool_]:
        """To which of the first `rows` rows the version answers with an error."""
        return self._drawn(number, rows)[:, 1] < self.qualities[number].errors

    def _drawn(self, number: int, rows: int) -> npt.NDArray[np.float64]:
        known = self._draws.get(number)
        if known is None or len(known) < rows:
            if number not in self._chances:
                key = [*self.seed.encode(), number]
                self._chances[number] = np.random.default_rng(key)
            more = max(1024, rows - (0 if known is None else len(known)))
            fresh = self._chances[number].random((more, 2))
            known = fresh if known is None else np.concatenate([known, fresh])
            self._draws[number] = known
        return known[:rows]
