import numpy as np
import pyarrow as pa
import pytest

from everloop.ledger.fingerprints import coincidence, fingerprints
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


def drawn(kinds, count=4000):
    return np.random.default_rng(0).integers(0, kinds, count).astype(np.uint64)


@pytest.mark.parametrize("kinds", [10, 2000, 100_000])
def test_coincidence_is_the_chance_that_half_of_the_rows_hold_another_one(kinds):
    expected = 1 - (1 - 1 / kinds) ** 2000
    assert coincidence(drawn(kinds)) == pytest.approx(expected, abs=0.05)


def test_rows_that_all_differ_do_not_coincide():
    assert coincidence(np.arange(1000, dtype=np.uint64)) == 0.0
    assert coincidence(np.array([7], dtype=np.uint64)) == 0.0
