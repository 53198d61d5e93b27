"""How often monitors err, and how soon they notice: the table of docs/monitoring.md, by simulation.

    python scripts/monitoring_rates.py [LIVES]

A life is a champion whose world does not change, over 1,000 windows of 150 rows. It errs where anything was ever surely
different, however small: an alert needs that and an effect besides, so that fewer lives have a false one.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sklearn.datasets import load_digits

from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.monitoring.judge import Rules, judge
from everloop.monitoring.reference import Reference, reference_of
from everloop.monitoring.window import added, fold, unfolded
from everloop.records.monitor import Monitored, Stretch
from everloop.records.signature import Column, Signature

WINDOW, WINDOWS, LONG, TRIALS = 150, 1000, 2000, 40
MIXED = Signature(
    task="regression",
    target="y",
    columns=(
        Column(name="normal", kind="number", nullable=True),
        Column(name="alike", kind="number", nullable=True),  # nearly the same as `normal`
        Column(name="counts", kind="number", nullable=True),
        Column(name="boolean", kind="boolean", nullable=True),
        Column(name="tail", kind="category", nullable=True),  # hundreds of rare categories
        Column(name="few", kind="category", nullable=True),
    ),
)
DIGITS = Signature(
    task="classification",
    target="y",
    columns=tuple(Column(name=f"p{n}", kind="number", nullable=False) for n in range(64)),
    classes=tuple(range(10)),
)
USUAL = Rules(drifted=Drifted(), moved=ShareMoved())
SURE = Rules(drifted=Drifted(ks_limit=1e-9, psi_limit=1e-9), moved=ShareMoved(by=1e-9))

Chance = np.random.Generator


@dataclass
class Life:
    """A champion's windows as they are judged, with the long stretch beside them."""

    reference: Reference
    filled: Stretch | None = None
    filling: Stretch | None = None
    look: int = 0

    def window(self, rows: pa.Table, rules: Rules) -> tuple[Monitored, ...]:
        """What the monitors say of the next window."""
        self.look += 1
        window = fold(self.reference, rows, None)
        self.filling = added(self.reference, self.filling, window)
        stretch = unfolded(*([self.filled] if self.filled else []), self.filling)
        if self.filling.rows >= LONG:
            self.filled, self.filling = self.filling, None
        return judge(rules, self.reference, window, stretch, self.look)


def mixed(chance: Chance, rows: int) -> pa.Table:
    """Rows of a world that does not change."""
    normal = chance.normal(size=rows)
    gone = chance.random(rows) < 0.05
    weights = 1 / np.arange(1, 301)
    return pa.table(
        {
            "normal": pa.array(normal, mask=gone),
            "alike": normal + chance.normal(0, 0.1, rows),
            "counts": chance.poisson(0.5, rows).astype(float),
            "boolean": chance.random(rows) < 0.2,
            "tail": chance.choice(300, rows, p=weights / weights.sum()).astype(str),
            "few": chance.choice(["a", "b", "c"], rows, p=[0.7, 0.25, 0.05]),
        }
    )


def false_alarms(chance: Chance, lives: int) -> int:
    """In how many lives a monitor fails a window."""
    erred = 0
    for _ in range(lives):
        life = Life(reference_of(MIXED, mixed(chance, 1500)))
        erred += any(_fails(life.window(mixed(chance, WINDOW), SURE)) for _ in range(WINDOWS))
    return erred


def delays(chance: Chance, shift: str) -> Iterator[int]:
    """After how many shifted predictions an alert is raised, wherever in a window the shift begins."""
    images = load_digits().data
    for _ in range(TRIALS):
        order = chance.permutation(len(images))
        known, new = images[order[:1200]], images[order[1200:]]
        life = Life(reference_of(DIGITS, _digits(known)), look=int(chance.integers(1, 1000)))
        begins = int(chance.integers(0, WINDOW))
        rows = np.concatenate((new[:begins], _shifted(new[begins:], shift)))
        for start in range(0, len(rows) - WINDOW + 1, WINDOW):
            if _fails(life.window(_digits(rows[start : start + WINDOW]), USUAL)):
                yield start + WINDOW - begins
                break
        else:
            yield len(rows)


def _shifted(images: np.ndarray, how: str) -> np.ndarray:
    from scipy.ndimage import rotate

    pictures = images.reshape(-1, 8, 8)
    if how == "one pixel":
        return np.roll(pictures, 1, axis=2).reshape(-1, 64)
    return rotate(pictures, 15, axes=(1, 2), reshape=False, order=1).reshape(-1, 64)


def _digits(images: np.ndarray) -> pa.Table:
    return pa.table({f"p{n}": images[:, n] for n in range(64)})


def _fails(found: tuple[Monitored, ...]) -> bool:
    return any(m.verdict.verdict == "fail" for m in found)


def main(lives: int) -> None:
    """Print the table."""
    chance = np.random.default_rng(12)
    print("| what | runs | found | stated |\n|---|---|---|---|")
    erred = false_alarms(chance, lives)
    print(
        f"| lives of 1,000 windows in which anything is surely different | {lives} | {erred} | at most 2 % |"
    )
    for shift in ("one pixel", "15 degrees"):
        taken = list(delays(chance, shift))
        told = f"{np.median(taken):.0f} in the median, {max(taken)} at most"
        print(f"| predictions until digits moved by {shift} raise an alert | {TRIALS} | {told} | 300 |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
