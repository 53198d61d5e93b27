"""A dataset, the shape of its rows, and its numbered versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.moments import EVER
from everloop.shown.markup import facts, table

FieldType = Literal["integer", "number", "boolean", "text", "date", "timestamp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column. `categories`, where not empty, are all the texts that may stand in it."""

    name: str
    type: FieldType
    nullable: bool = True
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """Our number for a commit that changed data, from 1 up in each dataset."""

    FORMAT: ClassVar[str] = "everloop.dataset-version/1"

    dataset: str
    number: int
    table_version: int  # the table store's own number for it
    digest: str  # of all rows in their order, and the columns' names and types; SHA-256
    rows: int
    added: int  # rows that this version added
    fields: tuple[Field, ...]
    created_at: datetime
    note: str = ""
    blocks: str = ""  # digest of the rows in full blocks, where the digest of the next version goes on
    key: str = ""  # of the append that made it: repeating that append makes no other version
    until: datetime | None = None  # nothing in it was served, happened or became known later
    predictions: str = ""  # digest of the ids whose rows it added from a ledger, in their order
    suspect: str = ""  # why no model is to learn from the rows that it added

    @property
    def told(self) -> str:
        """What people read: a model of the same name has versions with the same numbers."""
        return f"dataset {self}"

    @property
    def covers_until(self) -> datetime:
        """The end of the window of whatever learns from it: never before 1970, so that there is time before it."""
        return max(self.until or self.created_at, EVER)

    def _repr_html_(self) -> str:
        known = [
            ("rows", self.rows),
            ("added", self.added),
            ("made (UTC)", self.created_at),
            ("reaches until (UTC)", self.covers_until),
            ("digest", self.digest[:12]),
            ("note", self.note),
            ("suspect", self.suspect),
        ]
        rows = [(f.name, f.type, f.nullable, ", ".join(f.categories[:5])) for f in self.fields]
        return facts(self.told, known, table(("column", "type", "nullable", "categories"), rows))

    def __str__(self) -> str:
        return f"{self.dataset}@{self.number}"
