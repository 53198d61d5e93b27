"""Loops, their cycles, alerts and jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = {
    "loops": ("name", "endpoint"),
    "loop_standings": ("name",),
    "cycles": ("id", "endpoint", "state"),
    "alerts": ("id", "endpoint", "state"),
    "jobs": ("key", "state"),
}


def upgrade() -> None:
    """Make the tables."""
    for table, (key, *searchable) in _TABLES.items():
        op.create_table(
            table,
            sa.Column(key, sa.String, primary_key=True, nullable=False),
            *(sa.Column(name, sa.String, nullable=False) for name in searchable),
            sa.Column("document", sa.JSON, nullable=False),
        )
        for name in searchable:
            op.create_index(f"ix_{table}_{name}", table, [name])
