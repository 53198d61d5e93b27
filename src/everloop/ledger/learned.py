"""Which answers are to rows that a model has learned from: told by their inputs alone, before any truth is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Numbers
from everloop.ledger.fingerprints import Marks, coincidence, fingerprints
from everloop.ledger.inputs import cells_of, names_of
from everloop.records.signature import Column, Signature

BY_CHANCE = 0.1  # of the rows: where more of them equal others by chance, equality is no sign of anything


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The inputs of the rows that some versions learned from, as marks.

    Where rows of a few categories equal each other anyway, an answer to a row like one in training tells nothing, and
    to leave such out would leave the rare ones: there no row counts as learned.
    """

    marks: tuple[
        tuple[tuple[Column, ...], Marks], ...
    ] = ()  # in their order, by the columns that are looked at

    @classmethod
    def of(cls, taught: Iterable[tuple[Signature, pa.Table]]) -> "Learned":
        """Of what a version reads, and the rows that it learned from, which have its inputs by their names."""
        found: dict[tuple[tuple[str, str], ...], tuple[tuple[Column, ...], Marks]] = {}
        for signature, rows in taught:
            columns, marks = signature.columns, fingerprints(signature.columns, rows)
            if not columns or not len(marks) or coincidence(marks) > BY_CHANCE:
                continue
            read = tuple((column.name, column.kind) for column in columns)
            before = found[read][1] if read in found else marks[:0]
            found[read] = columns, np.union1d(before, marks)
        return cls(tuple(found.values()))

    @property
    def names(self) -> frozenset[str]:
        """The columns of the ledger that `has` looks at, where they are there."""
        return frozenset(name for columns, _ in self.marks for column in columns for name in names_of(column))

    def has(self, rows: pa.Table) -> Numbers:
        """Which of the ledger's `rows` equal one of these in all that a version reads of them."""
        either: Numbers = np.zeros(rows.num_rows, bool)
        return reduce(np.logical_or, (_among(rows, *known) for known in self.marks), either)


def _among(rows: pa.Table, columns: tuple[Column, ...], known: Marks) -> Numbers:
    inputs = pa.table({column.name: cells_of(rows, column) for column in columns})
    marks = fingerprints(columns, inputs)
    found: Numbers = known[np.minimum(np.searchsorted(known, marks), len(known) - 1)] == marks
    return found
