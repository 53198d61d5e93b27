"""How far a column of a window lies from the training window: its distances, each with an interval, and one p-value."""

import numpy as np

from everloop.monitoring.columns import Counts
from everloop.monitoring.reference import CellColumn, NumberColumn, ReferenceColumn
from everloop.monitoring.window import Folded
from everloop.statistics.drift import chi_square, ks, psi
from everloop.statistics.drift.moved import Distance, Drift


def drift(reference: ReferenceColumn, current: Folded) -> Drift | None:
    """The column's drift; None where either side has no values."""
    reference_rows = int(reference.counts.sum())
    if reference_rows == 0 or current.present == 0:
        return None
    if isinstance(reference, NumberColumn):
        return _of_numbers(reference, current, reference_rows)
    return _of_cells(reference, current, reference_rows)


def _of_numbers(reference: NumberColumn, current: Folded, reference_rows: int) -> Drift:
    found = _distance(reference, current)
    before, after = _coarse(reference, reference.counts), _coarse(reference, current.counts)
    return Drift(
        rows=current.present,
        reference_rows=reference_rows,
        p_value=ks.p_value(found, reference_rows, current.present),
        psi=_psi(before, after),
        ks=Distance(found, *ks.interval(found, reference_rows, current.present)),
    )


def _of_cells(reference: CellColumn, current: Folded, reference_rows: int) -> Drift:
    before, after = chi_square.pooled(reference.counts, current.counts, rest=True)
    return Drift(
        rows=current.present,
        reference_rows=reference_rows,
        p_value=chi_square.p_value(before, after),
        psi=_psi(before, after),
        chi_square=chi_square.statistic(before, after),
    )


def _distance(reference: NumberColumn, current: Folded) -> float:
    """Exact for a window; of a stretch the largest at its bins' edges, which is no larger than the exact one."""
    if current.values is not None:
        return ks.distance(reference.sample, current.values)
    shares = (np.cumsum(counts) / counts.sum() for counts in (reference.counts, current.counts))
    before, after = shares
    return float(np.abs(before - after).max())


def _coarse(reference: NumberColumn, counts: Counts) -> Counts:
    """Counts of fine bins put together to coarse ones."""
    return np.add.reduceat(counts, np.concatenate(([0], reference.coarse + 1)))


def _psi(before: Counts, after: Counts) -> Distance:
    value = max(0.0, psi.psi(before, after) - psi.bias(before, after))
    low, high = psi.interval(before, after)
    return Distance(value, min(low, value), max(high, value))
