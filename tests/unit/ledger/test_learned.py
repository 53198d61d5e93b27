"""Which of the ledger's rows a version has learned from."""

import numpy as np
import pyarrow as pa

from everloop.ledger.learned import BY_CHANCE, Learned
from everloop.records.signature import Column, Signature

AGE = Column(name="age", kind="number", nullable=True)
PLAN = Column(name="plan", kind="category", nullable=True, categories=("a", "b"))
BOTH = Signature(task="classification", target="y", columns=(AGE, PLAN), classes=("No", "Yes"))
ALONE = Signature(task="classification", target="y", columns=(AGE,), classes=("No", "Yes"))
TAUGHT = pa.table({"age": [1.5, 2.5, None, 4.5], "plan": ["a", "b", "a", None], "y": ["No"] * 4})


def served(ages, plans):
    return pa.table(
        {"number.age": pa.array(ages, pa.float64()), "category.plan": pa.array(plans, pa.string())}
    )


def test_a_row_is_one_that_was_learned_where_all_of_its_inputs_are():
    rows = served([1.5, 1.5, 2.5, None, 4.5, 9.0], ["a", "b", "b", "a", None, "a"])
    assert Learned.of([(BOTH, TAUGHT)]).has(rows).tolist() == [True, False, True, True, True, False]


def test_what_a_version_does_not_read_does_not_matter_to_it():
    rows = served([1.5, 9.0], ["other", "a"])
    assert Learned.of([(ALONE, TAUGHT)]).has(rows).tolist() == [True, False]


def test_what_either_has_learned_counts():
    more = pa.table({"age": [9.0], "plan": ["a"]})
    rows = served([1.5, 9.0, 9.0], ["a", "a", "b"])
    assert Learned.of([(BOTH, TAUGHT), (BOTH, more)]).has(rows).tolist() == [True, True, False]
    assert Learned.of([(BOTH, TAUGHT), (ALONE, more)]).has(rows).tolist() == [True, True, True]


def test_an_input_that_another_model_ignored_is_read_from_its_text():
    rows = pa.table({"ignored.age": ["1.5", "7"], "category.plan": ["a", "a"]})
    assert Learned.of([(BOTH, TAUGHT)]).has(rows).tolist() == [True, False]


def test_rows_that_equal_each_other_by_chance_tell_nothing():
    few = pa.table({"age": np.random.default_rng(0).integers(0, 40, 400).astype(float)})
    many = pa.table({"age": np.random.default_rng(0).integers(0, 40_000, 400).astype(float)})
    assert 1 - (1 - 1 / 40) ** 200 > BY_CHANCE > 1 - (1 - 1 / 40_000) ** 200
    rows = pa.table({"number.age": few["age"]})
    assert not Learned.of([(ALONE, few)]).has(rows).any()
    assert Learned.of([(ALONE, many)]).has(pa.table({"number.age": many["age"]})).all()


def test_who_has_learned_nothing_or_reads_nothing_has_no_rows():
    reads_nothing = Signature(task="regression", target="y", columns=())
    learned = Learned.of([(ALONE, TAUGHT.slice(0, 0)), (reads_nothing, TAUGHT)])
    assert not learned.names
    assert not learned.has(served([1.5], ["a"])).any()


def test_only_what_it_looks_at_needs_to_be_read():
    assert Learned.of([(ALONE, TAUGHT)]).names == {"number.age", "ignored.age"}
