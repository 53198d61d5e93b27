"""Rows told by their content: inputs as a model reads them, and truth."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.ledger.arrow import Column as Cells
from everloop.ledger.arrow import pc
from everloop.records.signature import Column

Marks = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

NEAR = 500  # rows that lie so near one another are seldom of one that came again
COMMON_SHARE, COMMON_ROWS = 1 / 200, 10  # content that this many rows have is no single one's
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def fingerprints(columns: Sequence[Column], rows: pa.Table, truth: Sequence[str] | None = None) -> Marks:
    """A mark a row: equal where inputs, and truth if it is given, are equal, else different but for 1 pair in 2^64.

    Numbers count as the 32-bit floats that models read. A column that `rows` do not have, or that cannot be read in
    its kind, is missing in all of them. Marks are the same in every process: they may be stored.
    """
    marks = np.zeros(rows.num_rows, np.uint64)
    for column in columns:
        marks = _mixed(marks, _content(column, rows))
    if truth is not None:
        marks = _mixed(marks, _texts(pa.chunked_array([pa.array(truth, pa.string())])))
    return marks


def nothing(columns: Sequence[Column]) -> np.uint64:
    """The mark of a row that has none of its inputs."""
    mark: np.uint64 = fingerprints(columns, pa.table({"": [0]}))[0]
    return mark


def is_common(marks: Marks) -> Flags:
    """Which rows have a content that many have, such as the defaults of whoever has no history: nobody's own."""
    _, inverse, counts = np.unique(marks, return_inverse=True, return_counts=True)
    common: Flags = (counts >= max(COMMON_ROWS, COMMON_SHARE * len(marks)))[inverse]
    return common


def coincidence(marks: Marks) -> float:
    """The chance that a new row equals one of these by accident, and not because it is one of them that came again.

    Taken from how often rows that lie near one another are equal, in their order: whoever comes again does so later.
    Common content counts as often as it is there. 0 where nearly every row is its own, as with measured numbers; large
    for rows of a few categories.
    """
    common = is_common(marks)
    rare = marks[~common]
    block = np.arange(len(rare)) // NEAR
    order = np.lexsort((rare, block))
    new = np.ones(len(rare), bool)
    new[1:] = (np.diff(rare[order]) != 0) | (np.diff(block[order]) != 0)
    runs = np.diff(np.flatnonzero(np.append(new, True)))
    sizes = np.bincount(block) if len(rare) else np.zeros(0, np.int64)
    pairs, possible = int((runs * (runs - 1)).sum()), int((sizes * (sizes - 1)).sum())
    hit = min(1.0, len(np.unique(rare)) * pairs / possible) if possible else 0.0
    share = float(common.mean()) if len(marks) else 0.0
    return share + (1.0 - share) * hit


def _content(column: Column, rows: pa.Table) -> Marks:
    """64 bits a cell, equal where a model reads the same."""
    cells: Cells = rows[column.name] if column.name in rows.column_names else pa.nulls(rows.num_rows)
    if column.kind == "category":
        return _texts(cells)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    try:
        numbers = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = np.full(rows.num_rows, np.nan)
    with np.errstate(over="ignore"):
        narrow = np.asarray(numbers, np.float64).astype(np.float32) + np.float32(0)  # one zero
    return np.where(np.isnan(narrow), np.float32(np.nan), narrow).view(np.uint32).astype(np.uint64)


def _texts(cells: Cells) -> Marks:
    """A text is hashed once, however many cells hold it; a missing one is as the empty text."""
    encoded: Any = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    texts = ["" if value is None else str(value) for value in encoded.dictionary.to_pylist()]
    hashes = [int.from_bytes(blake2b(t.encode(), digest_size=8).digest(), "little") for t in (*texts, "")]
    places: Any = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    marks: Marks = np.asarray(hashes, np.uint64)[places]
    return marks


def _mixed(marks: Marks, content: Marks) -> Marks:
    """The marks with one more column, by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014)."""
    mixed = (marks + _GOLDEN) ^ content
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
