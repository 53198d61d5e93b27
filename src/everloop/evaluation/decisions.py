"""What people decided for the rows, as an input or as an outcome of its own recorded it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.contender import Answers
from everloop.evaluation.labels import codes_of
from everloop.ledger.inputs import KINDS
from everloop.ledger.labels import as_numbers

pc: Any = _compute


def decisions(name: str, rows: pa.Table, outcomes: pa.Table, classes: tuple[str, ...]) -> Answers | None:
    """The decisions in the input `name`, or in the outcomes of that name; None where there is neither.

    `outcomes` are those of the ledger, the latest revision of each. A decision that is no class, or no number where
    numbers are asked for, is none.
    """
    cells = [rows[f"{kind}.{name}"] for kind in KINDS if f"{kind}.{name}" in rows.column_names]
    if not any(c.null_count < len(c) for c in cells):
        cells = [_of_outcomes(name, rows, outcomes)]
    found = [_read(c, classes) for c in cells]
    values = np.full(rows.num_rows, np.nan)
    for one in found:
        values = np.where(np.isnan(values), one, values)
    given = ~np.isnan(values)
    return Answers(values=np.nan_to_num(values, nan=-1.0), given=given) if given.any() else None


def _of_outcomes(name: str, rows: pa.Table, outcomes: pa.Table) -> Any:  # noqa: ANN401 - a column
    of_name = outcomes.filter(pc.equal(outcomes["name"], name))
    places = pc.index_in(rows["id"], value_set=of_name["prediction"].combine_chunks())
    return of_name["value"].take(places)


def _read(cells: Any, classes: tuple[str, ...]) -> Any:  # noqa: ANN401 - a column to an array
    if classes:
        codes = codes_of(pa.chunked_array(cells), classes).astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    return np.asarray(pc.fill_null(as_numbers(cells), np.nan), dtype=np.float64)
