"""The SQL tables, made from the `KINDS`: key and searchable columns beside the record's document."""

import types
import typing
from typing import Any

import sqlalchemy as sa

from everloop.stores.metadata import KINDS, Kind

_COLUMN_TYPES: dict[type, type[sa.types.TypeEngine[Any]]] = {str: sa.String, int: sa.Integer}


def make_tables(kinds: tuple[Kind, ...] = KINDS) -> tuple[sa.MetaData, dict[type, sa.Table]]:
    """The tables of `kinds`, and which of them keeps which record class."""
    metadata = sa.MetaData()
    return metadata, {kind.record: _table(kind, metadata) for kind in kinds}


def indexed_fields(kind: Kind) -> tuple[str, ...]:
    """The fields of a kind that have a column: its key, then what can be searched or is unique."""
    return tuple(dict.fromkeys((*kind.key, *kind.searchable, *kind.unique)))


def _table(kind: Kind, metadata: sa.MetaData) -> sa.Table:
    hints = typing.get_type_hints(kind.record)
    columns = [_column(name, hints[name], key=name in kind.key) for name in indexed_fields(kind)]
    unique = [sa.UniqueConstraint(name, name=f"uq_{kind.table}_{name}") for name in kind.unique]
    indexed = [n for n in kind.searchable if n != kind.key[0] and n not in kind.unique]
    return sa.Table(
        kind.table,
        metadata,
        *columns,
        sa.Column("document", sa.JSON, nullable=False),
        *unique,
        *(sa.Index(f"ix_{kind.table}_{name}", name) for name in indexed),
    )


def _column(name: str, hint: object, *, key: bool) -> sa.Column[Any]:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    bare = next(option for option in options if option is not types.NoneType)
    plain = type(typing.get_args(bare)[0]) if typing.get_origin(bare) is typing.Literal else bare
    return sa.Column(
        name,
        _COLUMN_TYPES[plain],  # a field of another type cannot be searched
        primary_key=key,
        nullable=types.NoneType in options,
        autoincrement=False,
    )
