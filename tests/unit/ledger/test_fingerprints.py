import struct
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pytest

from everloop.ledger.fingerprints import coincidence, fingerprints, is_common, nothing
from everloop.records.signature import Column

X = Column(name="x", kind="number", nullable=True)
C = Column(name="c", kind="category", nullable=True, categories=("a",))
B = Column(name="b", kind="boolean", nullable=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([7], pa.int64()), pa.array([7.0], pa.float64())),
        (pa.array([0.1], pa.float32()), pa.array([0.1], pa.float64())),  # models read 32 bits
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array([None], pa.float64()), pa.array([float("nan")])),
        (pa.array([True]), pa.array([1.0])),
    ],
)
def test_the_same_number_has_the_same_mark_however_it_is_kept(one, other):
    assert fingerprints([X], pa.table({"x": one}), ["t"]) == fingerprints([X], pa.table({"x": other}), ["t"])


def test_other_inputs_and_other_truths_have_other_marks():
    table = pa.table({"x": [1.0, 2.0, 1.0], "c": ["a", "a", "b"], "b": [True, True, None]})
    marks = fingerprints([X, C, B], table, ["t", "t", "t"])
    assert len(set(marks.tolist())) == 3
    assert not set(marks.tolist()) & set(fingerprints([X, C, B], table, ["u", "u", "u"]).tolist())


def test_without_a_truth_the_inputs_alone_count():
    table = pa.table({"x": [1.0, 2.0, 1.0], "c": ["a", "a", "a"]})
    first, other, again = fingerprints([X, C], table).tolist()
    assert first == again != other


def test_rows_without_any_column_are_all_the_same():
    assert len(set(fingerprints([], pa.table({"x": [1.0, 2.0]})).tolist())) == 1


def test_a_category_that_is_kept_encoded_has_the_mark_of_its_text():
    plain = pa.table({"c": pa.array(["a", None])})
    encoded = pa.table({"c": pa.array(["a", None]).dictionary_encode()})
    assert (fingerprints([C], plain, ["1", "1"]) == fingerprints([C], encoded, ["1", "1"])).all()


def test_an_input_that_is_not_there_or_cannot_be_read_is_missing():
    missing = fingerprints(
        [X, C], pa.table({"x": pa.array([None], pa.float64()), "c": pa.array([None], pa.string())})
    )
    assert fingerprints([X, C], pa.table({"other": [1]})) == missing == nothing([X, C])
    assert fingerprints([X], pa.table({"x": ["n/a"]})) == nothing([X])


@pytest.mark.parametrize(
    ("columns", "row"),
    [((), {"x": [1.0]}), ((X,), {"x": [1.0]}), ((C,), {"c": ["a"]}), ((X, C), {"x": [0.1], "c": ["ä"]})],
)
def test_marks_may_be_stored_since_another_process_makes_the_same(columns, row):
    """The oracle is SplitMix64's finaliser in Python's own integers."""
    assert int(fingerprints(columns, pa.table(row))[0]) == by_hand(columns, row)


def by_hand(columns, row):
    mark = 0
    for column in columns:
        (cell,) = row[column.name]
        text = column.kind == "category"
        data = blake2b(cell.encode(), digest_size=8).digest() if text else struct.pack("<f", cell)
        mark = (mark + 0x9E3779B97F4A7C15) % 2**64 ^ int.from_bytes(data, "little")
        mark = (mark ^ mark >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mark = (mark ^ mark >> 27) * 0x94D049BB133111EB % 2**64
        mark ^= mark >> 31
    return mark


def drawn(kinds, count=4000):
    return np.random.default_rng(0).integers(0, kinds, count).astype(np.uint64)


@pytest.mark.parametrize("kinds", [10, 2000, 100_000])
def test_coincidence_is_the_chance_that_the_rows_hold_a_new_one(kinds):
    expected = 1 - (1 - 1 / kinds) ** 4000
    assert coincidence(drawn(kinds)) == pytest.approx(expected, abs=0.05)


def test_rows_that_all_differ_do_not_coincide():
    assert coincidence(np.arange(1000, dtype=np.uint64)) == 0.0
    assert coincidence(np.array([7], dtype=np.uint64)) == 0.0
    assert coincidence(np.zeros(0, np.uint64)) == 0.0


@pytest.mark.parametrize("months", [2, 6])
def test_customers_who_come_again_each_month_are_no_coincidence(months):
    assert coincidence(np.tile(np.arange(2000, dtype=np.uint64), months)) == 0.0


def test_what_a_tenth_of_the_rows_have_is_common_and_counts_as_often_as_it_is_there():
    marks = np.arange(1000, dtype=np.uint64)
    marks[::10] = 7
    assert is_common(marks).tolist() == (marks == 7).tolist()
    assert coincidence(marks) == pytest.approx(0.1, abs=0.01)


def test_a_few_equal_rows_are_not_common():
    marks = np.arange(100, dtype=np.uint64)
    marks[:9] = 7
    assert not is_common(marks).any()
