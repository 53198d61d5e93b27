"""The quality of a column's data: what is missing, what is a category that was never seen, what is out of range."""

from collections.abc import Mapping
from typing import Literal

from everloop.monitoring.reference import NumberColumn, ReferenceColumn
from everloop.monitoring.window import Folded
from everloop.statistics.drift.moved import ShareChange
from everloop.statistics.drift.shares import beyond, more, p_value

Share = Literal["missing share of", "unknown share of", "out of range share of"]
Shares = Mapping[Share, ShareChange]


def shares(reference: ReferenceColumn, current: Folded) -> Shares:
    """The column's shares in a window beside those of the training window, each with its p-value.

    More or fewer may be missing than in training; unknown and out of range can only be more. In training a value that
    stands there once is one that was unknown until then, so that unknown ones are expected at that rate; of n rows the
    smallest and the largest leave 2 / (n + 1) of further ones out of range.
    """
    found: dict[Share, ShareChange] = {"missing share of": _missing(reference, current)}
    if current.present == 0 or reference.counts.sum() == 0:
        return found
    if isinstance(reference, NumberColumn):
        found["out of range share of"] = _out_of_range(reference, current)
    else:
        found["unknown share of"] = _unknown(reference.once, int(reference.counts.sum()), current)
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


def _unknown(once: int, reference_rows: int, current: Folded) -> ShareChange:
    unknown = int(current.counts[-1])
    return ShareChange(
        count=unknown,
        rows=current.present,
        reference_count=once,
        reference_rows=reference_rows,
        p_value=more(once, reference_rows, unknown, current.present),
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
