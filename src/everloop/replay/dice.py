"""Chance that belongs to the row: however a replay is cut into stretches, the same row meets the same."""

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dice:
    """The dice of one distortion for some rows: `count` rows from number `first` of the replay on.

    name: tells one distortion's dice from another's. seed: of the whole replay.
    """

    seed: int
    name: str
    first: int
    count: int

    @property
    def positions(self) -> npt.NDArray[np.int64]:
        """The rows' numbers in the replay, from 0."""
        return np.arange(self.first, self.first + self.count, dtype=np.int64)

    def uniform(self, columns: int = 1) -> Numbers:
        """Numbers from 0 to below 1, (rows, columns): independent of each other, equal whenever asked for again."""
        if self.count == 0:
            return np.empty((0, columns))
        name = zlib.crc32(self.name.encode())
        return np.stack([self._of_row(name, position, columns) for position in self.positions.tolist()])

    def _of_row(self, name: int, position: int, columns: int) -> Numbers:
        """Philox is a function of key and counter: a row's numbers do not depend on those before it."""
        bits = np.random.Philox(key=(self.seed << 32) + name, counter=position << 64)
        return np.random.Generator(bits).random(columns)
