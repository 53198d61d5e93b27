"""Which of the ledger's rows a version was fitted on."""

import numpy as np
import pyarrow as pa
import pytest

from everloop.errors import StoredFormatUnknown
from everloop.ledger.taught import Taught, TaughtToAny
from everloop.records.signature import Column

AGE = Column(name="age", kind="number", nullable=True)
PLAN = Column(name="plan", kind="category", nullable=True, categories=("a", "b"))
TABLE = pa.table({"age": [1.5, 2.5, None, 4.5], "plan": ["a", "b", "a", None], "y": ["No"] * 4})


def taught(*versions):
    """To versions that read these columns, these rows."""
    return TaughtToAny.of(
        {f"m@{n}": (columns, Taught.of(columns, rows)) for n, (columns, rows) in enumerate(versions)}
    )


def served(ages, plans):
    return pa.table(
        {"number.age": pa.array(ages, pa.float64()), "category.plan": pa.array(plans, pa.string())}
    )


def test_a_row_is_one_that_was_taught_where_all_of_its_inputs_are():
    rows = served([1.5, 1.5, 2.5, None, 4.5, 9.0], ["a", "b", "b", "a", None, "a"])
    assert taught(((AGE, PLAN), TABLE)).has(rows).tolist() == [True, False, True, True, True, False]


def test_what_a_version_does_not_read_does_not_matter_to_it():
    assert taught(((AGE,), TABLE)).has(served([1.5, 9.0], ["other", "a"])).tolist() == [True, False]


def test_what_either_was_taught_counts():
    more = pa.table({"age": [9.0], "plan": ["a"]})
    rows = served([1.5, 9.0, 9.0], ["a", "a", "b"])
    assert taught(((AGE, PLAN), TABLE), ((AGE, PLAN), more)).has(rows).tolist() == [True, True, False]
    assert taught(((AGE, PLAN), TABLE), ((AGE,), more)).has(rows).tolist() == [True, True, True]


def test_an_input_that_another_model_ignored_is_read_from_its_text():
    rows = pa.table({"ignored.age": ["1.5", "7"], "category.plan": ["a", "a"]})
    assert taught(((AGE, PLAN), TABLE)).has(rows).tolist() == [True, False]


def test_a_row_without_any_input_was_taught_to_nobody():
    rows = pa.table({"age": pa.array([1.5, None], pa.float64())})
    assert taught(((AGE,), rows)).has(served([1.5, None], ["a", "a"])).tolist() == [True, False]


def numbers(*values):
    return pa.table({"age": np.concatenate(values).astype(float)})


def month(start=0, customers=2000):
    return np.arange(start, start + customers) + 0.5


@pytest.mark.parametrize("months", [1, 2, 6])
def test_customers_who_come_again_each_month_are_known_however_often_they_came(months):
    known = taught(((AGE,), numbers(*[month()] * months)))
    assert known.has(served(month(), ["a"] * 2000)).all()
    assert not known.note


def test_content_that_many_rows_have_is_nobodys_own():
    cold = np.where(np.arange(2000) % 11 == 0, 0.0, month())
    found = taught(((AGE,), numbers(cold))).has(served([0.0, *month()[1:5]], ["a"] * 5))
    assert found.tolist() == [False, True, True, True, True]


def test_where_training_rows_equal_one_another_by_accident_none_can_be_told_and_it_is_said():
    few = numbers(
        np.random.default_rng(0).integers(0, 1000, 2000)
    )  # each new row equals one with a chance of 0.86
    known = taught(((AGE,), few), ((AGE,), numbers(month())))
    assert not known.has(served(month(), ["a"] * 2000)).any()
    assert "none can be told" in known.note


def test_of_whom_nobody_knows_what_it_was_taught_is_said():
    known = TaughtToAny.of({"m@1": ((AGE,), None), "m@2": ((AGE,), Taught.of((AGE,), TABLE))})
    assert known.has(served([1.5], ["a"])).all()
    assert known.note.startswith("what m@1 was trained on is not known")


def test_who_was_taught_nothing_or_reads_nothing_has_no_rows():
    known = taught(((AGE,), TABLE.slice(0, 0)), ((), TABLE))
    assert not known.names
    assert not known.has(served([1.5], ["a"])).any()


def test_only_what_it_looks_at_needs_to_be_read():
    assert taught(((AGE,), TABLE)).names == {"number.age", "ignored.age"}


def test_marks_come_back_as_they_were_stored():
    made = Taught.of((AGE, PLAN), TABLE)
    found = Taught.from_bytes(made.to_bytes())
    assert found.marks.tolist() == made.marks.tolist()
    assert found.by_chance == made.by_chance
    assert made.to_bytes() == Taught.of((AGE, PLAN), TABLE).to_bytes()


@pytest.mark.parametrize("data", [b"", b"anything", b"ARROW1"])
def test_other_bytes_are_refused(data):
    with pytest.raises(StoredFormatUnknown):
        Taught.from_bytes(data)
