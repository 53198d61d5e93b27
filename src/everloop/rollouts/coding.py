"""Answers and truths of a rollout as numbers: places of classes, or the numbers themselves.

What a label is coded as depends on it and on the classes of both versions alone, so that no row changes what another
one says.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc
from everloop.ledger.labels import KINDS, as_kind, as_numbers, common_kind, label_columns
from everloop.records.signature import Label, Signature
from everloop.rollouts.classes import Classes

NONE, UNKNOWN = -2, -1  # codes of classes: nothing is there; a class that neither version knows


@dataclass(frozen=True, slots=True)
class Coding:
    """How labels are read: as places among `classes`, or as numbers where there are none."""

    classes: Classes | None
    kind: str = "number"  # as which the ledger's labels of classes are read

    @classmethod
    def of(cls, champion: Signature, candidate: Signature) -> "Coding":
        """Classes are read in the kind of the champion's, where the candidate's read so too, else as texts."""
        if not champion.classes:
            return cls(None)
        both = [
            (pa.table(label_columns("class", list(version.classes))), "class")
            for version in (champion, candidate)
        ]
        kind = common_kind(both)
        return cls(Classes.of(champion, candidate, KINDS[kind]), kind)

    @property
    def stored(self) -> type[np.generic]:
        """In which numbers codes are kept."""
        return np.float64 if self.classes is None else np.int16

    def labels(self, rows: pa.Table, prefix: str) -> Numbers:
        """The codes of the ledger's labels in the columns `<prefix>.<kind>`."""
        if self.classes is not None:
            there = [rows[f"{prefix}.{kind}"].is_valid() for kind in KINDS]
            given = np.logical_or.reduce([np.asarray(flags, dtype=bool) for flags in there])
            return self._codes(as_kind(rows, prefix, self.kind), given)
        texts, truths = as_numbers(rows[f"{prefix}.text"]), rows[f"{prefix}.boolean"].cast(pa.float64())
        return _floats(pc.coalesce(as_numbers(rows[f"{prefix}.number"]), texts, truths))

    def column(self, labels: Column) -> Numbers:
        """The codes of labels in one column."""
        if self.classes is None:
            return _floats(as_numbers(labels))
        return self._codes(labels, np.asarray(labels.is_valid()))

    def label(self, label: Label | None) -> float:
        """The code of one label."""
        return float(self.labels(pa.table(label_columns("one", [label])), "one")[0])

    def numbers(self, codes: Numbers, *, unknown: float = np.nan) -> Numbers:
        """As floats: NaN where there is none, `unknown` for a class that neither version knows."""
        if self.classes is None:
            return codes
        found: Numbers = np.where(codes < 0, np.where(codes == NONE, np.nan, unknown), codes)
        return found

    def _codes(self, labels: Column, given: Numbers) -> Numbers:
        assert self.classes is not None
        codes: Numbers = np.where(given, self.classes.codes(labels), NONE)
        return codes.astype(np.int16)


def _floats(column: Column) -> Numbers:
    return np.asarray(pc.fill_null(column, np.nan), np.float64)
