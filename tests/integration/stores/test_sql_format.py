import shutil
import sqlite3
import time

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from everloop.errors import StoredFormatUnknown, WorkspaceUnusable
from everloop.records.event import Event
from everloop.stores import sql_format
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.sql_schema import make_tables
from everloop.stores.sqlite_engine import sqlite_engine
from everloop.testing.metadata_exam import event

NEWEST = sql_format.NEWEST
NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "9000"
down_revision = "{newest}"
def upgrade():
    op.add_column("events", sa.Column("extra", sa.String))
    {more}
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metadata.db"


@pytest.fixture
def next_release(tmp_path, monkeypatch):
    """Makes this Everloop one with another format, whose migration ends in the given statement."""

    def make(more="pass"):
        folder = tmp_path / "migrations"
        shutil.copytree(sql_format._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "r9000_next.py").write_text(NEXT.format(more=more, newest=NEWEST))
        monkeypatch.setattr(sql_format, "_MIGRATIONS", folder)
        monkeypatch.setattr(sql_format, "NEWEST", "9000")

    return make


def written(path):
    store = SqlMetadata(path)
    with store.transaction() as transaction:
        transaction.add(event(1))
    store.close()


def test_the_newest_revision_is_the_one_that_the_code_names():
    config = Config()
    config.set_main_option("script_location", str(sql_format._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [sql_format.NEWEST]


def test_the_migrations_give_the_tables_of_the_kinds(path):
    from alembic import command

    engine = sqlite_engine(path)
    config = Config()
    config.set_main_option("script_location", str(sql_format._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, make_tables()[0]) == []
        keys = {
            t: sa.inspect(connection).get_pk_constraint(t)["constrained_columns"] for t in ("events", "runs")
        }
    engine.dispose()
    assert keys == {"events": ["sequence"], "runs": ["id"]}


def test_a_file_of_an_older_format_is_brought_up_to_date(path, next_release):
    written(path)
    next_release()
    store = SqlMetadata(path)
    with store.transaction() as transaction:
        assert transaction.get(Event, 1) == event(1)
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9000",)]
        assert "extra" in [row[1] for row in connection.execute("PRAGMA table_info(events)")]
    connection.close()


def test_a_migration_that_fails_changes_nothing(path, next_release):
    written(path)
    next_release(more="raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        SqlMetadata(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
        assert "extra" not in [row[1] for row in connection.execute("PRAGMA table_info(events)")]
    connection.close()


@pytest.mark.parametrize("found", ["9999", "", "0001x"])
def test_a_file_of_a_newer_format_is_refused_and_left_alone(path, found):
    written(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    connection.close()
    with pytest.raises(StoredFormatUnknown, match="Upgrade Everloop"):
        SqlMetadata(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (1,)
    connection.close()


def test_a_database_of_something_else_is_refused_and_left_alone(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoredFormatUnknown):
        SqlMetadata(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_file_that_is_no_database_gives_one_clear_line(path):
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkspaceUnusable, match="Restore it from a backup") as refusal:
        SqlMetadata(path)
    assert "\n" not in str(refusal.value)


def test_a_folder_that_is_not_there_gives_one_clear_line(tmp_path):
    with pytest.raises(WorkspaceUnusable, match="Check that the folder exists") as refusal:
        SqlMetadata(tmp_path / "nowhere" / "metadata.db")
    assert "\n" not in str(refusal.value)


def test_a_full_disk_gives_one_clear_line_and_loses_nothing(path):
    written(path)
    store = SqlMetadata(path)
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
    with (
        pytest.raises(WorkspaceUnusable, match="disk is full") as refusal,
        store.transaction() as transaction,
    ):
        for number in range(2, 100):
            transaction.add(event(number, subject="x" * 1000))
    assert "\n" not in str(refusal.value)
    with store.transaction() as transaction:
        assert transaction.find(Event) == [event(1)]
    store.close()


def test_opening_takes_little_time(path):
    written(path)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        store = SqlMetadata(path)
        with store.transaction() as transaction:
            transaction.find(Event, newest=1)
        took.append(time.perf_counter() - start)
        store.close()
    assert min(took) < 0.03
