"""The format of the metadata file: made new, brought up to date by Alembic, or refused."""

from pathlib import Path

import sqlalchemy as sa

from everloop.errors import StoredFormatUnknown

NEWEST = "0003"  # the newest revision in migrations/versions; a test holds the two together
_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
)


def prepare(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make `tables` in an empty file, or bring an older one up to date, all or nothing.

    Raises StoredFormatUnknown for a file that a newer Everloop, or something else, has made.
    """
    with engine.begin() as connection:
        names = set(sa.inspect(connection).get_table_names())
        if not names:
            tables.create_all(connection)
            _VERSION.create(connection)
            connection.execute(sa.insert(_VERSION).values(version_num=NEWEST))
            return
        found = connection.execute(sa.select(_VERSION)).scalar() if _VERSION.name in names else None
        if found != NEWEST:
            _upgrade(connection, found)


def _upgrade(connection: sa.Connection, found: str | None) -> None:
    # Alembic takes long to import and is rarely due.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    if found not in known:
        raise StoredFormatUnknown(
            f"The metadata has format {found!r}; this Everloop knows {NEWEST} and older.",
            remedy="Upgrade Everloop to open it.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
