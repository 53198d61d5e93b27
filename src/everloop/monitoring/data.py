"""The quality of a column's data: what is missing, what is a category that was never seen, what is out of range."""

from collections.abc import Mapping
from typing import Literal

from everloop.monitoring.reference import CellColumn, NumberColumn, ReferenceColumn
from everloop.monitoring.window import Folded
from everloop.statistics.drift.moved import ShareChange
from everloop.statistics.drift.shares import beyond, more, p_value

Share = Literal["missing share of", "unknown share of", "out of range share of"]
Shares = Mapping[Share, ShareChange]


def shares(reference: ReferenceColumn, current: Folded) -> Shares:
    """The column's shares in a window beside those of the training window, each with its p-value.

    More or fewer may be missing than in training; unknown and out of range can only be more. A stretch says nothing of
    unknown ones: nobody knows which of them are the same.
    """
    found: dict[Share, ShareChange] = {"missing share of": _missing(reference, current)}
    if current.present == 0 or reference.counts.sum() == 0:
        return found
    if isinstance(reference, NumberColumn):
        found["out of range share of"] = _out_of_range(reference, current)
    elif current.fresh is not None:
        found["unknown share of"] = _unknown(reference, current, *current.fresh)
    return found


def _missing(reference: ReferenceColumn, current: Folded) -> ShareChange:
    rows = int(reference.counts.sum()) + reference.missing
    return ShareChange(
        count=current.missing,
        rows=current.rows,
        reference_count=reference.missing,
        reference_rows=rows,
        p_value=p_value(reference.missing, rows, current.missing, current.rows)
        if rows and current.rows
        else 1.0,
    )


def _unknown(reference: CellColumn, current: Folded, different: int, most: int) -> ShareChange:
    """In training a category that stands there once was unknown until then: at that rate new ones are to be expected
    (Good 1953). Beyond it there are either too many different ones, or one of them comes too often."""
    rows = int(reference.counts.sum())
    too_many = more(reference.once, rows, different, current.present)
    too_often = (len(reference.cells) + different) * more(0, rows, most, current.present)
    return ShareChange(
        count=int(current.counts[-1]),
        rows=current.present,
        reference_count=reference.once,
        reference_rows=rows,
        p_value=min(1.0, 2 * min(too_many, too_often)),
    )


def _out_of_range(reference: NumberColumn, current: Folded) -> ShareChange:
    outside = int(current.counts[0] + current.counts[-1])
    rows = int(reference.counts.sum())
    return ShareChange(
        count=outside,
        rows=current.present,
        reference_count=0,
        reference_rows=rows,
        p_value=beyond(outside, current.present, rows),
    )
