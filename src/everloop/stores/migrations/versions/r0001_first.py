"""The first format: one table a kind, its key and searchable fields beside the record's document."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INDEXES = {
    "events": ("action", "subject"),
    "dataset_versions": ("key",),
    "runs": ("model", "state", "tracking"),
    "model_versions": ("bundle", "run"),
    "proposals": ("endpoint", "state"),
}


def upgrade() -> None:
    """Make the tables."""
    unique_key = sa.UniqueConstraint("key", name="uq_events_key")
    _table("events", ("sequence",), "action", "subject", "key", unique_key)
    _table("dataset_versions", ("dataset", "number"), "key")
    _table("runs", ("id",), "model", "state", "tracking")
    _table("model_versions", ("model", "number"), "bundle", "run")
    _table("endpoints", ("name",))
    _table("proposals", ("id",), "endpoint", "state")
    _table("route_tables", ("number",))
    for table, columns in _INDEXES.items():
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def _table(name: str, key: tuple[str, ...], *fields: str | sa.Constraint) -> None:
    columns = [_column(part, key=True) for part in key]
    columns += [_column(part) for part in fields if isinstance(part, str)]
    constraints = [part for part in fields if isinstance(part, sa.Constraint)]
    op.create_table(name, *columns, sa.Column("document", sa.JSON, nullable=False), *constraints)


def _column(name: str, *, key: bool = False) -> sa.Column[Any]:
    number = name in ("sequence", "number")
    return sa.Column(
        name, sa.Integer if number else sa.String, primary_key=key, nullable=False, autoincrement=False
    )
