"""Answers whose truth became final are found as a full join finds them, whatever came in which order."""

import random
from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc
import pytest

from everloop.ledger.kept_finals import Answerer, KeptFinals
from everloop.records.endpoint import VersionRef
from everloop.records.target import TargetRule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARGET = TargetRule(outcome="species")
CHAMPION = Answerer(
    endpoint="animals", outcome="species", version=VersionRef(model="animals", number=1), since=NOON
)


def at(minute):
    return NOON + timedelta(minutes=minute)


def found(kept, ledger, first, last, **given):
    """Id, moment, answer and truth of each."""
    rows = kept.between(ledger, CHAMPION, at(first), at(last), **given)
    names = ("id", "learned_at", "output.text", "value.text")
    return sorted(zip(*(rows[name].to_pylist() for name in names), strict=True))


def joined(ledger, first, last):
    """The same of the full join, which is its definition."""
    columns = ("model", "version", "error")
    rows = ledger.joined("animals", TARGET, at(last), columns=columns, since=CHAMPION.since)
    for name, value in (("model", "animals"), ("version", 1), ("revision", 1), ("mature", True)):
        rows = rows.filter(pc.equal(rows[name], value))
    rows = rows.filter(rows["output"].is_valid())
    told = zip(*(rows[name].to_pylist() for name in ("id", "learned_at", "output", "truth")), strict=True)
    return sorted(row for row in told if at(first) <= row[1] <= at(last))


@pytest.fixture
def unread(ledger, monkeypatch):
    """After how many rows of the tables it was read, each time."""
    asked, unread = [], ledger.unread_finals
    monkeypatch.setattr(ledger, "unread_finals", lambda *given: asked.append(given[-1]) or unread(*given))
    return asked


@pytest.mark.parametrize("seed", range(3))
def test_each_look_finds_what_a_full_join_finds(writer, ledger, seed):
    """With outcomes early, late, corrected, numbered, of nobody, and sent again; from anywhere to anywhere."""
    chance, kept, rows = random.Random(seed), KeptFinals(), 0
    ids = [f"p{n}" for n in range(40)]
    for step in range(30):
        for _ in range(chance.choice([0, 1, 3])):
            name = ids[min(len(ids) - 1, step + chance.choice([0, 0, -2]))]  # some are recorded again
            context = writer.context(
                version=chance.choice([1, 1, 2]), rung="elsewhere", shadow=chance.random() < 0.2
            )
            failed = chance.random() < 0.1
            writer.predict(
                [name],
                minute=step - chance.choice([0, 0, 5]),
                context=context,
                output=[] if failed else chance.choice([[0.9, 0.1], [0.2, 0.8]]),
                error="it failed" if failed else "",
            )
        for _ in range(chance.choice([0, 1, 3])):
            name = ids[chance.randrange(min(len(ids), step + 5))]
            given = {
                "learned": step - chance.choice([0, 0, 0, 7]),
                "happened": chance.choice([None, None, step - 3]),
                "revision": chance.choice([0, 0, 0, 1, 2]),
                "key": chance.choice(["", "", "k"]),
            }
            for _ in range(chance.choice([1, 1, 2])):
                writer.tell(name, chance.choice(["cat", "dog"]), **given)
        if chance.random() < 0.3:
            writer.log.seal()
        if chance.random() < 0.3:
            ledger.compact()
        first, last = max(0, step - chance.choice([3, 10, 60])), step + chance.choice([0, 0, -2])
        expected = joined(ledger, first, last)
        assert found(kept, ledger, first, last) == expected
        rows += len(expected)
    assert rows > 10


def test_what_lies_in_the_tables_is_read_once(writer, ledger, unread):
    kept = KeptFinals()
    for step in range(4):
        writer.predict([f"p{step}"], minute=step)
        writer.tell(f"p{step}", "cat", learned=step)
        writer.log.seal()
        ledger.compact()
        assert len(found(kept, ledger, 0, step)) == step + 1
    assert unread == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_fewer_than_the_least_are_none(writer, ledger):
    for name in ("p1", "p2"):
        writer.predict(name)
        writer.tell(name, "cat")
    kept = KeptFinals()
    assert found(kept, ledger, 0, 5, least=3) == []
    assert len(found(kept, ledger, 0, 5, least=2)) == 2


def test_another_version_begins_anew(writer, ledger, unread):
    kept = KeptFinals()
    writer.predict("p1")
    writer.predict("p2", context=writer.context(version=2))
    for name in ("p1", "p2"):
        writer.tell(name, "cat")
    writer.log.seal()
    ledger.compact()
    assert [row[0] for row in found(kept, ledger, 0, 5)] == ["p1"]
    second = Answerer(
        endpoint="animals", outcome="species", version=VersionRef(model="animals", number=2), since=NOON
    )
    assert kept.between(ledger, second, at(0), at(5))["id"].to_pylist() == ["p2"]
    assert unread == [(0, 0), (0, 0)]


def test_a_table_that_was_restored_is_read_anew(writer, ledger, tables):
    kept = KeptFinals()
    for step in range(2):
        writer.predict([f"p{step}"])
        writer.tell(f"p{step}", "cat")
        writer.log.seal()
        ledger.compact()
    assert len(found(kept, ledger, 0, 5)) == 2
    tables.restore("outcomes/animals", tables.snapshot("outcomes/animals").version - 1)
    assert [row[0] for row in found(kept, ledger, 0, 5)] == ["p0"]


def test_a_look_that_failed_is_followed_by_a_whole_one(writer, ledger, monkeypatch):
    kept = KeptFinals()
    writer.predict("p1")
    writer.tell("p1", "cat")
    assert len(found(kept, ledger, 0, 5)) == 1
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "unread_finals", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            found(kept, ledger, 0, 5)
    assert len(found(kept, ledger, 0, 5)) == 1
