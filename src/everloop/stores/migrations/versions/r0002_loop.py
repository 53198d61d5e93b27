"""Loops, their cycles, alerts and jobs. A proposal is a cycle now; the event log keeps the old ones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = {  # key, then what can be searched
    "loops": (("name",), ("endpoint",)),
    "loop_standings": (("name",), ()),
    "cycles": (("endpoint", "number"), ("state",)),
    "alerts": (("id",), ("endpoint", "state")),
    "jobs": (("key",), ("state",)),
}


def upgrade() -> None:
    """Make the tables."""
    op.drop_table("proposals")
    for table, (key, searchable) in _TABLES.items():
        op.create_table(
            table,
            *(sa.Column(n, _type(n), primary_key=True, nullable=False, autoincrement=False) for n in key),
            *(sa.Column(name, sa.String, nullable=False) for name in searchable),
            sa.Column("document", sa.JSON, nullable=False),
        )
        for name in searchable:
            op.create_index(f"ix_{table}_{name}", table, [name])


def _type(name: str) -> type[sa.Integer] | type[sa.String]:
    return sa.Integer if name == "number" else sa.String
