"""Where monitors stand, and the windows that they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table("monitor_standings", _key("endpoint"), sa.Column("document", sa.JSON, nullable=False))
    op.create_table(
        "monitor_windows",
        _key("endpoint"),
        _key("watches"),
        sa.Column("slot", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
    )


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, primary_key=True, nullable=False)
