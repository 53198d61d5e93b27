"""A reference as bytes: NumPy's arrays in one archive, texts as JSON. Nothing in it is executed when it is read."""

import io
import zipfile
from typing import Any

import msgspec
import numpy as np

from everloop.errors import StoredFormatUnknown
from everloop.monitoring.reference import CellColumn, NumberColumn, Reference, ReferenceColumn
from everloop.statistics.drift.ks import SortedSample
from everloop.statistics.tally import Tally

FORMAT = "everloop.monitor-reference/1"
ARRAYS = ("values", "below", "edges", "coarse", "counts")


class ColumnHead(msgspec.Struct, kw_only=True):
    """What is not an array."""

    name: str
    missing: int
    cells: list[str] | None = None  # None: numbers
    once: int = 0


class Head(msgspec.Struct, kw_only=True):
    """The archive's first member."""

    format: str = FORMAT
    rows: int
    deviation: float
    answers: bool
    promised: Tally | None
    columns: list[ColumnHead]  # the answers last, where there are some


def to_bytes(reference: Reference) -> bytes:
    """The bytes of a reference; equal ones give equal bytes."""
    columns = [*reference.columns, *([reference.answers] if reference.answers else [])]
    head = Head(
        rows=reference.rows,
        deviation=reference.deviation,
        answers=reference.answers is not None,
        promised=reference.promised,
        columns=[_head(column) for column in columns],
    )
    arrays = {
        f"{place}.{name}": array for place, c in enumerate(columns) for name, array in _arrays(c).items()
    }
    target = io.BytesIO()
    text = np.frombuffer(msgspec.json.encode(head), np.uint8)
    np.savez(target, allow_pickle=False, head=text, **arrays)
    return target.getvalue()


def from_bytes(data: bytes) -> Reference:
    """The reference in `data`; raises StoredFormatUnknown for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            head = msgspec.json.decode(archive["head"].tobytes(), type=Head)
            if head.format != FORMAT:
                raise StoredFormatUnknown(
                    f"Expected {FORMAT}, found {head.format!r}.", remedy="Upgrade Everloop."
                )
            columns = [_column(told, archive, place) for place, told in enumerate(head.columns)]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise StoredFormatUnknown(f"A damaged {FORMAT}: {error}.") from error
    answers = columns.pop() if head.answers else None
    return Reference(
        rows=head.rows,
        columns=tuple(columns),
        answers=answers,
        deviation=head.deviation,
        promised=head.promised,
    )


def _head(column: ReferenceColumn) -> ColumnHead:
    if isinstance(column, NumberColumn):
        return ColumnHead(name=column.name, missing=column.missing)
    return ColumnHead(name=column.name, missing=column.missing, cells=list(column.cells), once=column.once)


def _arrays(column: ReferenceColumn) -> dict[str, Any]:
    if isinstance(column, CellColumn):
        return {"counts": column.counts}
    of_sample = {"values": column.sample.values, "below": column.sample.below}
    return {**of_sample, "edges": column.edges, "coarse": column.coarse, "counts": column.counts}


def _column(head: ColumnHead, archive: Any, place: int) -> ReferenceColumn:  # noqa: ANN401 - NumPy's NpzFile
    if head.cells is not None:
        return CellColumn(head.name, tuple(head.cells), head.missing, archive[f"{place}.counts"], head.once)
    values, below, edges, coarse, counts = (archive[f"{place}.{name}"] for name in ARRAYS)
    return NumberColumn(head.name, SortedSample(values, below), head.missing, edges, coarse, counts)
