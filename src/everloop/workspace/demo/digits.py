"""Handwritten digits as scanners see them. Every digit of the 1,797 is scanned once in a whole demo.

The first 300 teach the first model; each of the others is one row of the stream. Whatever the loop folds, holds back
or lets a candidate answer, no digit is ever both in a model's fit and among the rows that it is judged by: there is no
second row of any.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.replay.distorted import Distortions
from everloop.replay.distortion import Distortion
from everloop.replay.distortions.contrast import Contrast
from everloop.replay.distortions.rotation import Rotation
from everloop.replay.distortions.shift import Shift
from everloop.workspace.demo.moved import Moved

FIRST = 300
TARGET = "digit"
DARKEST = 16.0
SIDE = 8
PIXELS = tuple(f"pixel_{n:02d}" for n in range(SIDE * SIDE))
FIRST_DICE = 1  # told apart from the stream's, whose rows are counted from 0 too


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """How digits lie on the glass, and how strong its lamp is."""

    askew: float = 0.0  # degrees
    contrast: float = 1.0
    light: float = 0.0  # added to every pixel

    def scans(self) -> tuple[Distortion, ...]:
        """What it does to rows: about so much, to each by chance a little more or less."""
        return (
            Moved(by=0.35, side=SIDE),
            Rotation(degrees=self.askew, spread=20.0),
            Contrast(factor=self.contrast, spread=0.3, low=0.0, high=DARKEST),
            Shift(by=self.light, spread=0.5, low=0.0, high=DARKEST),
        )


USUAL = Scanner()
REPLACED = Scanner(askew=33.0, contrast=0.25, light=0.25)


def first_scans(seed: int) -> pa.Table:
    """The digits that the first model learns from, as the usual scanner sees them."""
    rows = _sources().slice(0, FIRST)
    labels = rows[TARGET]
    scans = Distortions(seed=seed + FIRST_DICE, given=USUAL.scans()).rows(rows.drop_columns([TARGET]), 0)
    return scans.append_column(TARGET, labels)


def stream(seed: int) -> pa.Table:
    """All other digits, once each, in an order by chance: not scanned yet."""
    rows = _sources().slice(FIRST)
    return rows.take(np.random.default_rng(seed).permutation(rows.num_rows))


def _sources() -> pa.Table:
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = {name: pa.array(found.data[:, place]) for place, name in enumerate(PIXELS)}
    return pa.table({**pixels, TARGET: pa.array(found.target)})
