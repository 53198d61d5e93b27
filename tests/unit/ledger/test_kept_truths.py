"""What has a truth is counted as a full read counts it, and read only where something came."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from everloop.ledger.kept_truths import KeptTruths
from everloop.records.target import TargetRule

LATER = datetime(2026, 3, 1, 13, tzinfo=UTC)
TARGET = TargetRule(outcome="species")
WINDOW = TargetRule(outcome="species", within=timedelta(minutes=10))
SILENCE = TargetRule(outcome="species", within=timedelta(minutes=10), otherwise="none")


@pytest.fixture
def read(ledger, monkeypatch):
    """The endpoints whose ledger was read, a time each."""
    asked, unread = [], ledger.unread_truths

    def reading(endpoint, *given):
        asked.append(endpoint)
        return unread(endpoint, *given)

    monkeypatch.setattr(ledger, "unread_truths", reading)
    return asked


def test_a_ledger_that_stands_still_is_read_once(writer, ledger, read):
    writer.predict("p1")
    writer.tell("p1", "cat")
    kept = KeptTruths()
    found = [kept.of(ledger, "animals", TARGET, LATER + timedelta(hours=hour)) for hour in range(5)]
    assert read == ["animals"]
    assert found == [1] * 5


def test_what_matures_by_the_clock_is_seen_within_half_a_minute(writer, ledger, read):
    writer.predict("p1", minute=59)  # final at 13:09
    kept = KeptTruths()
    found = [
        kept.of(ledger, "animals", SILENCE, LATER + timedelta(minutes=9, seconds=second))
        for second in (-40, -20, -1, 10, 29, 45)
    ]
    assert found == [0, 0, 0, 0, 1, 1]
    assert len(read) == 3  # at -40, -1 and 29


def test_endpoints_and_targets_are_kept_apart(writer, ledger, read):
    writer.predict("p1")
    kept = KeptTruths()
    for _ in range(2):
        assert kept.of(ledger, "animals", SILENCE, LATER) == 1
        assert kept.of(ledger, "animals", TARGET, LATER) == 0
        assert kept.of(ledger, "bikes", TARGET, LATER) == 0
    assert read == ["animals", "animals", "bikes"]


def test_a_clock_that_is_set_back_opens_windows_again(writer, ledger):
    writer.predict("p1")
    kept = KeptTruths()
    found = [kept.of(ledger, "animals", SILENCE, LATER - timedelta(minutes=m)) for m in (0, 55, 0)]
    assert found == [1, 0, 1]


@pytest.mark.parametrize("target", [TARGET, WINDOW, SILENCE])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
def test_it_counts_what_a_full_read_counts(writer, ledger, target, seed):
    """With outcomes early, late, corrected, of nobody, and sent again; in segments and in tables."""
    chance, kept, now = random.Random(seed), KeptTruths(), LATER - timedelta(hours=1)
    for step in range(60):
        if chance.random() < 0.6:
            writer.predict([f"p{step}"], minute=step + chance.choice([0, -3]))
        if chance.random() < 0.6:
            name = f"p{chance.randrange(step + 5)}"
            happened = chance.choice([None, step - 20, step])
            for _ in range(chance.choice([1, 2])):
                writer.tell(name, chance.choice(["cat", "dog"]), learned=step, happened=happened)
        if chance.random() < 0.2:
            writer.log.seal()
        if chance.random() < 0.2:
            ledger.compact()
        now += timedelta(minutes=1)
        assert kept.of(ledger, "animals", target, now) == ledger.counts("animals", target, now).with_truth
