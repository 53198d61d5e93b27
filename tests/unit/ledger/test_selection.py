"""What is selected is the same whether it stands in the table or in a segment."""

from datetime import UTC, datetime, timedelta

import pytest

from everloop.ledger.capture import Answered
from everloop.ledger.selection import Selection
from everloop.records.target import TargetRule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(writer, ledger):
    """Answers and shadows of two variants and two rollouts; the first half is compacted."""
    for number in range(8):
        if number == 4:
            writer.log.seal()
            ledger.compact()
        rollout = "r1" if number < 6 else ""
        who, other = ("champion", "candidate") if number % 2 == 0 else ("candidate", "champion")
        answered = writer.context(variant=who, rollout=rollout)
        shadow = writer.context(variant=other, rollout=rollout, shadow=True)
        row = {"length": number}
        answer = writer.answered(f"p{number}", rows=[row], minute=number, context=answered)
        writer.log.append([answer])
        writer.log.append([Answered(shadow, answer.ids, b"", answer.output, answer.served_at, 1)])
    return ledger


def ids(table) -> list[int]:
    return [int(name[1:]) for name in table["id"].to_pylist()]


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"shadow": True}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ({"shadow": None}, [n for n in range(8) for _ in range(2)]),
        ({"variant": "candidate"}, [1, 3, 5, 7]),
        ({"variant": "candidate", "shadow": True}, [0, 2, 4, 6]),
        ({"rollout": "r1"}, [0, 1, 2, 3, 4, 5]),
        ({"rollout": ""}, [6, 7]),
        ({"since": NOON + timedelta(minutes=3)}, [3, 4, 5, 6, 7]),
        ({"since": NOON + timedelta(minutes=3), "until": NOON + timedelta(minutes=6), "variant": "champion"}, [4]),
    ],
)  # fmt: skip
def test_predictions_are_selected(filled, selected, expected):
    assert ids(filled.predictions("animals", **selected)) == expected
    assert ids(filled.predictions("animals", columns=("id",), **selected)) == expected


def test_the_join_is_of_answers_unless_it_is_asked_for_more(filled, writer):
    target = TargetRule(outcome="species")
    for number in range(8):
        writer.tell(f"p{number}", "cat")
    assert ids(filled.joined("animals", target)) == list(range(8))
    assert ids(filled.joined("animals", target, shadow=None)) == [n for n in range(8) for _ in range(2)]
    few = filled.joined("animals", target, columns=("variant",), rollout="r1", variant="champion")
    assert ids(few) == [0, 2, 4]
    assert few["truth"].to_pylist() == ["cat"] * 3
    assert "number.length" not in few.column_names


def test_outcomes_of_the_selected_rows_are_found_however_late_they_come(filled, writer):
    target = TargetRule(outcome="species")
    writer.tell("p7", "cat", learned=10_000)
    writer.tell("p7", "dog", name="other")
    rows = filled.joined("animals", target, since=NOON + timedelta(minutes=7))
    assert (ids(rows), rows["truth"].to_pylist()) == ([7], ["cat"])


def test_bodies_are_read_only_for_columns_that_come_from_them():
    assert not Selection(columns=("id", "output.number", "probabilities")).reads_bodies
    assert Selection(columns=("id", "number.length")).reads_bodies
    assert Selection(columns=("id", "caller_id")).reads_bodies
    assert Selection().reads_bodies


def test_columns_of_inputs_are_there_whatever_is_selected(filled):
    for selected in ({}, {"shadow": True}, {"variant": "nobody"}):
        assert "number.length" in filled.predictions("animals", **selected).column_names
        assert filled.predictions("animals", columns=("id", "number.length"), **selected).num_columns == 2
