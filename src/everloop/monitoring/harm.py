"""How much a column's drift matters: how far the champion's answers move because of it, from 0 to 1.

The column's values are replaced by draws from the training window that lie as close to them as draws can (numbers
keep their ranks, categories stay where they may), and both are scored. Without drift they stay what they are.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import Columns, Matrix, Runtime
from everloop.monitoring.columns import Cells, pc
from everloop.monitoring.reference import CellColumn, NumberColumn, ReferenceColumn
from everloop.monitoring.window import Folded
from everloop.records.signature import Signature

ROWS = 500  # of a window that are scored

Flags = npt.NDArray[np.bool_]


class Meter:
    """Measures with a loaded model, on the same rows for every column."""

    def __init__(self, runtime: Runtime, signature: Signature, rows: pa.Table) -> None:
        """`rows` are inputs by their own names. Rows that the model could not answer are left out, and so are those
        beyond the first 500."""
        for column in signature.columns:
            if not column.nullable:
                rows = rows.filter(rows[column.name].is_valid())
        self._rows = rows.slice(0, ROWS)
        self._runtime = runtime
        self._signature = signature
        self._encoded = encode(signature, self._rows)
        self._answers = self._predict(self._encoded)

    def harm(self, reference: ReferenceColumn, deviation: float, seed: int = 0) -> float:
        """The mean total variation of the class probabilities, or the mean change in standard deviations of the
        answers. Never above 1; 0 where no row is left."""
        if self._rows.num_rows == 0:
            return 0.0
        moved = as_in_training(reference, self._rows[reference.name], seed)
        change = np.abs(self._answers - self._predict(self._with(reference.name, moved)))
        change = change[np.isfinite(change).all(axis=1)]
        if len(change) == 0:
            return 0.0
        if self._signature.task == "classification":
            return float(min(1.0, change.sum(axis=1).mean() / 2))
        return float(min(1.0, change.mean() / deviation)) if deviation > 0 else float(change.max() > 0)

    def _with(self, name: str, cells: Cells) -> Matrix | Columns:
        """The encoded rows with other cells in one column."""
        place = next(i for i, column in enumerate(self._signature.columns) if column.name == name)
        alone = replace(self._signature, columns=(self._signature.columns[place],))
        encoded = encode(alone, pa.table({name: cells}))
        if isinstance(self._encoded, np.ndarray) and isinstance(encoded, np.ndarray):
            matrix = self._encoded.copy()
            matrix[:, place] = encoded[:, 0]
            return matrix
        return {**dict(self._encoded), **dict(encoded)}

    def _predict(self, inputs: Matrix | Columns) -> npt.NDArray[np.float64]:
        rows = self._rows.num_rows
        if rows == 0:
            return np.zeros((0, 1))
        return np.array(self._runtime.predict(inputs), np.float64).reshape(rows, -1)


def harm_of_answers(reference: ReferenceColumn, current: Folded, deviation: float) -> float:
    """How far the answers themselves lie from those to expect: total variation, or the distance that they were carried
    (Wasserstein's) in standard deviations."""
    if isinstance(reference, CellColumn):
        before, after = (counts / max(counts.sum(), 1) for counts in (reference.counts, current.counts))
        return float(np.abs(before - after).sum() / 2)
    if current.values is None or len(current.values) == 0 or reference.sample.rows == 0:
        return 0.0
    carried = np.abs(current.values - _quantiles(reference, len(current.values))).mean()
    return float(min(1.0, carried / deviation)) if deviation > 0 else float(carried > 0)


def as_in_training(reference: ReferenceColumn, column: Cells, seed: int = 0) -> Cells:
    """The column's rows with values that are distributed as in training, each as close as can be to its own."""
    chance = np.random.default_rng(seed)
    if isinstance(reference, NumberColumn):
        return _numbers(reference, column, chance)
    return _cells(reference, column, chance)


def _numbers(reference: NumberColumn, column: Cells, chance: np.random.Generator) -> Cells:
    values = np.array(pc.cast(column, pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    missing = ~np.isfinite(values)
    stays_missing = _missing_as_before(missing, reference, chance)
    present = ~missing & ~stays_missing
    if reference.sample.rows:
        order = np.argsort(values[present], kind="stable")
        mapped = np.empty(len(order))
        mapped[order] = _quantiles(reference, len(order))
        values[present] = mapped
        values[missing] = chance.choice(_quantiles(reference, 1000), int(missing.sum()))
    return pa.array(values, mask=stays_missing)


def _cells(reference: CellColumn, column: Cells, chance: np.random.Generator) -> Cells:
    kind = column.type
    texts = pc.cast(column, pa.large_string())
    missing = texts.is_null().to_numpy()
    stays_missing = _missing_as_before(missing, reference, chance)
    places = pc.fill_null(
        pc.index_in(texts, value_set=pa.array(reference.cells, pa.large_string())), len(reference.cells)
    )
    cells = np.array(places.to_numpy(), dtype=np.int64)
    known = reference.counts[:-1]
    if known.sum():
        cells = _carried(cells, missing, known / known.sum(), chance)
    names: Cells = pa.array([*reference.cells, None], pa.large_string())
    return pc.cast(names.take(pa.array(cells, mask=stays_missing)), kind)


def _carried(
    cells: npt.NDArray[np.int64],
    missing: Flags,
    shares: npt.NDArray[np.float64],
    chance: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """The cells moved so that they follow `shares`, as few as possible of them: the maximal coupling."""
    now = np.bincount(cells[~missing], minlength=len(shares) + 1) / max(1, (~missing).sum())
    wanted = np.append(shares, 0.0)
    keep = np.divide(wanted, now, out=np.ones_like(now), where=now > 0)
    moves = missing | (chance.random(len(cells)) > keep[cells])
    lacking = np.maximum(wanted - now, 0.0)[:-1]
    weights = lacking / lacking.sum() if lacking.sum() > 0 else shares
    moved = cells.copy()
    moved[moves] = chance.choice(len(shares), int(moves.sum()), p=weights)
    moved[missing] = chance.choice(len(shares), int(missing.sum()), p=shares)
    return moved


def _missing_as_before(missing: Flags, reference: ReferenceColumn, chance: np.random.Generator) -> Flags:
    """Which rows are missing when as many are as in training."""
    before = reference.missing / max(1, reference.missing + int(reference.counts.sum()))
    now = missing.mean() if len(missing) else 0.0
    draws = chance.random(len(missing))
    if now >= before:
        return missing & (draws * now < before)
    return missing | (draws * (1 - now) < before - now)


def _quantiles(reference: NumberColumn, count: int) -> npt.NDArray[np.float64]:
    """`count` numbers of the training window at even steps, rising."""
    places = ((np.arange(count) + 0.5) / count * reference.sample.rows).astype(np.int64)
    found = np.searchsorted(reference.sample.below, places, side="right") - 1
    return reference.sample.values[found].astype(np.float64)
