"""The classes of two versions in one order, so that what both made of a row can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc
from everloop.ledger.labels import as_kind, label_columns
from everloop.records.routes import CANDIDATE, CHAMPION
from everloop.records.signature import Label, Signature


@dataclass(frozen=True, slots=True)
class Classes:
    """Every class that either version knows, the champion's first, in the type in which the ledger shows them."""

    labels: Column  # null: a class that cannot be written in that type, so that no row shows it
    places: Mapping[str, Numbers]  # of the classes of champion and candidate, in their own order, among all

    @classmethod
    def of(cls, champion: Signature, candidate: Signature, shown_as: pa.DataType) -> "Classes":
        """As labels of this type show them."""
        both = (*champion.classes, *candidate.classes)
        shown = _as_shown(both, pa.float64() if pa.types.is_integer(shown_as) else shown_as)
        names = [
            (label, "" if label is not None else str(given))
            for label, given in zip(shown.to_pylist(), both, strict=True)
        ]
        order = {name: place for place, name in enumerate(dict.fromkeys(names))}
        places = np.array([order[name] for name in names], np.int64)
        known = len(champion.classes)
        return cls(
            labels=pa.array([label for label, _ in order], shown.type),
            places={CHAMPION: places[:known], CANDIDATE: places[known:]},
        )

    def __len__(self) -> int:
        return len(self.labels)

    def codes(self, column: Column) -> Numbers:
        """The place of each label, -1 where there is none and for a class that neither version knows."""
        found = pc.index_in(_comparable(column), value_set=self.labels, skip_nulls=True)
        return np.asarray(pc.fill_null(found, -1))

    def chances(self, column: Column, who: str) -> Numbers:
        """What `who` gave to each of all classes: a row of 0 where it gave nothing that fits its own."""
        places = self.places[who]
        found: Numbers = np.zeros((len(column), len(self)))
        fit = np.asarray(pc.fill_null(pc.equal(pc.list_value_length(column), len(places)), False))
        given = column.filter(pa.array(fit)).combine_chunks().flatten()
        found[np.ix_(np.flatnonzero(fit), places)] = np.asarray(given, np.float64).reshape(-1, len(places))
        return found


def _comparable(column: Column) -> Column:
    return column.cast(pa.float64()) if pa.types.is_integer(column.type) else column


def _as_shown(labels: Sequence[Label], wanted: pa.DataType) -> Column:
    columns = pa.table(label_columns("class", labels))
    kind = "text" if pa.types.is_string(wanted) else "boolean" if pa.types.is_boolean(wanted) else "number"
    return as_kind(columns, "class", kind)
