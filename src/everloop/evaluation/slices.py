"""Rows in groups: by a category, by yes and no, or by quarters of a number's range."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.labels import as_text
from everloop.ledger.inputs import KINDS

pc: Any = _compute
Flags = npt.NDArray[np.bool_]

MOST = 20  # different numbers that are groups of their own
MOST_GROUPS = 50  # of one column; the rest are too small to say anything


def slices(column: str, rows: pa.Table, learned: pa.Table) -> dict[str, Flags]:
    """The groups of `column`, an input, by what they are called; none where no row has it.

    A number with many values is cut at the quartiles of `learned`, the champion's training rows: bounds that stay while
    rows come in.
    """
    found: dict[str, Flags] = {}
    for kind in KINDS:
        name = f"{kind}.{column}"
        if name in rows.column_names and rows[name].null_count < rows.num_rows:
            cells = rows[name].combine_chunks()
            many = kind == "number" and pc.count_distinct(cells).as_py() > MOST
            found |= _quarters(column, cells, learned) if many else _values(column, cells)
    if found and not np.logical_or.reduce(list(found.values())).all():
        found[f"{column} is missing"] = ~np.logical_or.reduce(list(found.values()))
    return found


def _values(column: str, cells: Any) -> dict[str, Flags]:  # noqa: ANN401 - an Arrow array
    counted = pc.value_counts(cells.drop_null())
    common = sorted(counted.to_pylist(), key=lambda each: (-each["counts"], str(each["values"])))
    return {
        f"{column} = {as_text(each['values'])}": _flags(pc.equal(cells, each["values"]))
        for each in common[:MOST_GROUPS]
    }


def _quarters(column: str, cells: Any, learned: pa.Table) -> dict[str, Flags]:  # noqa: ANN401
    values = np.asarray(pc.fill_null(pc.cast(cells, pa.float64()), np.nan), dtype=np.float64)
    edges = _edges(column, learned, values)
    bounds = [-np.inf, *edges, np.inf]
    return {_called(column, low, high): (values > low) & (values <= high) for low, high in pairwise(bounds)}


def _edges(column: str, learned: pa.Table, values: npt.NDArray[np.float64]) -> list[float]:
    source = values[~np.isnan(values)]
    if column in learned.column_names:
        kept = pc.cast(learned[column], pa.float64(), safe=False).drop_null().to_numpy()
        source = kept[np.isfinite(kept)] if np.isfinite(kept).any() else source
    return sorted(set(np.quantile(source, (0.25, 0.5, 0.75)).tolist()))


def _called(column: str, low: float, high: float) -> str:
    if np.isinf(low):
        return f"{column} up to {high:g}"
    return f"{column} above {low:g}" if np.isinf(high) else f"{column} above {low:g} up to {high:g}"


def _flags(flags: Any) -> Flags:  # noqa: ANN401
    return np.asarray(pc.fill_null(flags, False), dtype=bool)
