"""Which answers are to rows that a model was taught: told by their inputs alone, before any truth is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa

from everloop.errors import StoredFormatUnknown
from everloop.ledger.arrow import Numbers
from everloop.ledger.fingerprints import Marks, coincidence, fingerprints, is_common, nothing
from everloop.ledger.inputs import cells_of, names_of
from everloop.records.signature import Column

FORMAT = "everloop.taught/1"
BY_CHANCE = (
    0.1  # of new rows: where more of them equal training rows by accident, equality is no sign of anything
)


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """The rows that one version was fitted on, by the inputs that it reads.

    Content that many rows have is not kept: it is nobody's own, and to leave it out would leave a whole group of the
    traffic out. Nor is a row without any input.
    """

    marks: Marks  # each once, rising
    by_chance: float  # the share of new rows that equal one of them by accident

    @classmethod
    def of(cls, columns: tuple[Column, ...], rows: pa.Table) -> "Taught":
        """`rows` have the inputs by their names, in the order in which they came."""
        marks = fingerprints(columns, rows)
        marks = marks[~is_common(marks)]
        chance = coincidence(marks)
        return cls(np.setdiff1d(marks, [nothing(columns)]) if columns else marks[:0], chance)

    def to_bytes(self) -> bytes:
        """To be stored; the same for the same rows."""
        schema = pa.schema(
            [("mark", pa.uint64())], metadata={"format": FORMAT, "by_chance": repr(self.by_chance)}
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as writer:
            writer.write_table(pa.table([pa.array(self.marks, pa.uint64())], schema=schema))
        return sink.getvalue().to_pybytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Taught":
        """What was stored; raises StoredFormatUnknown for anything else."""
        try:
            with pa.ipc.open_file(pa.BufferReader(data)) as reader:
                table = reader.read_all()
        except pa.ArrowInvalid as error:
            raise StoredFormatUnknown("These bytes are no marks of training rows.") from error
        known = table.schema.metadata or {}
        if known.get(b"format") != FORMAT.encode():
            raise StoredFormatUnknown(f"Marks of training rows in a format other than {FORMAT}.")
        return cls(np.asarray(table["mark"], np.uint64), float(known[b"by_chance"]))


@dataclass(frozen=True, slots=True, eq=False)
class TaughtToAny:
    """What any of the compared versions was taught."""

    marks: tuple[tuple[tuple[Column, ...], Marks], ...] = ()  # rising, by the columns that a version reads
    note: str = ""  # what a person should know of rows that cannot be told

    @classmethod
    def of(cls, versions: Mapping[str, tuple[tuple[Column, ...], Taught | None]]) -> "TaughtToAny":
        """Of versions by their names, each with what it reads. None: nobody knows what it was taught.

        What one of them knows counts against all, and where the rows of one cannot be told from others, none are:
        else the rows that only one of them remembers would count.
        """
        unknown = [name for name, (_, taught) in versions.items() if taught is None]
        note = f"what {' and '.join(unknown)} was trained on is not known, such rows count" if unknown else ""
        found: dict[tuple[tuple[str, str], ...], tuple[tuple[Column, ...], Marks]] = {}
        for columns, taught in versions.values():
            if taught is None:
                continue
            if taught.by_chance > BY_CHANCE:
                return cls(
                    note="training rows equal one another so often that none can be told, all rows count"
                )
            read = tuple((column.name, column.kind) for column in columns)
            before = found[read][1] if read in found else taught.marks[:0]
            found[read] = columns, np.union1d(before, taught.marks)
        return cls(tuple(one for one in found.values() if len(one[1])), note)

    @property
    def names(self) -> frozenset[str]:
        """The columns of the ledger that `has` looks at, where they are there."""
        return frozenset(name for columns, _ in self.marks for column in columns for name in names_of(column))

    def has(self, rows: pa.Table) -> Numbers:
        """Which of the ledger's `rows` equal one of these in all that a version reads of them."""
        either: Numbers = np.zeros(rows.num_rows, bool)
        if not rows.num_rows:
            return either
        return reduce(np.logical_or, (_among(rows, *known) for known in self.marks), either)


def _among(rows: pa.Table, columns: tuple[Column, ...], known: Marks) -> Numbers:
    inputs = pa.table({column.name: cells_of(rows, column) for column in columns})
    marks = fingerprints(columns, inputs)
    found: Numbers = known[np.minimum(np.searchsorted(known, marks), len(known) - 1)] == marks
    return found
