"""The door: outcomes and counts as people see them (check C6)."""

from datetime import timedelta

import pytest

from everloop.errors import InvalidName
from everloop.records.target import TargetRule

TARGET = TargetRule(outcome="species", within=timedelta(minutes=10), otherwise="none")


def test_outcomes_that_count_come_with_their_history_or_the_latest_alone(writer, ledger):
    writer.predict("p1")
    writer.tell("p1", "cat")
    writer.tell("p1", "cat", learned=2)
    writer.tell("p1", "dog", learned=3)
    assert ledger.outcomes("animals")["value"].to_pylist() == ["cat", "dog"]
    assert ledger.outcomes("animals")["revision"].to_pylist() == [1, 2]
    assert ledger.outcomes("animals", history=False)["value"].to_pylist() == ["dog"]
    assert ledger.outcomes("animals", aside=True)["standing"].to_pylist() == [
        "counts",
        "duplicate",
        "correction",
    ]


def test_the_same_outcome_ten_times_is_one_row(writer, ledger):
    writer.predict("p1")
    for place in range(10):
        writer.tell("p1", "cat", learned=place, key=f"k{place}")
        if place % 3 == 0:
            writer.log.seal()
            ledger.compact()
    assert ledger.outcomes("animals").num_rows == 1
    assert ledger.joined("animals", TARGET).num_rows == 1
    assert ledger.counts("animals").duplicates == 9


def test_an_outcome_of_an_unknown_prediction_waits_until_that_turns_up(writer, ledger):
    writer.tell("p1", "cat")
    assert (ledger.counts("animals", TARGET).unknown, ledger.joined("animals", TARGET).num_rows) == (1, 0)
    writer.predict("p1")
    assert ledger.counts("animals", TARGET).unknown == 0
    assert ledger.joined("animals", TARGET)["truth"].to_pylist() == ["cat"]


def test_counts_tell_every_kind_apart(writer, ledger):
    writer.predict(["p1", "p2", "p3", "p4"], rows=[{}] * 4)
    writer.predict("p5", output=[], error="boom")
    writer.predict("p6", context=writer.context(shadow=True))
    writer.predict("p7", minute=24 * 60)  # its window is open
    writer.tell("p1", "cat")
    writer.tell("p1", "cat", learned=2)
    writer.tell("p1", "dog", learned=3)
    writer.tell("p2", "dog", revision=1)
    writer.tell("p2", "cat", revision=1, learned=2)
    writer.tell("p3", "dog", learned=-1)
    writer.tell("p4", "dog", happened=11)
    writer.tell("p4", 5, name="rating")
    writer.tell("nobody", "dog")
    found = ledger.counts("animals", TARGET)
    assert (found.predictions, found.shadows, found.failed, found.undelivered) == (6, 1, 1, 0)
    assert (found.received, found.outcomes) == (9, {"rating": 1, "species": 4})
    assert (found.duplicates, found.corrections, found.conflicts, found.unknown) == (1, 1, 1, 1)
    assert (found.early, found.late) == (1, 1)
    assert (found.mature, found.with_truth) == (5, 5)


def test_without_otherwise_silence_is_mature_but_teaches_nothing(writer, ledger):
    writer.predict(["p1", "p2"], rows=[{}, {}])
    writer.tell("p1", "cat")
    found = ledger.counts("animals", TargetRule(outcome="species", within=timedelta(minutes=10)))
    assert (found.mature, found.with_truth) == (2, 1)


def test_an_endpoint_that_never_answered_counts_nothing(ledger):
    found = ledger.counts("animals", TARGET)
    assert (found.predictions, found.received, found.outcomes, found.mature) == (0, 0, {}, 0)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b"])
def test_a_name_that_is_no_endpoints_is_refused(ledger, name):
    with pytest.raises(InvalidName):
        ledger.predictions(name)
