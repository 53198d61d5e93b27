import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.alone import learn, skill
from everloop.records.signature import Column

X = Column(name="x", kind="number", nullable=True)
C = Column(name="c", kind="category", nullable=True, categories=("a", "b"))


def test_a_category_that_names_the_class_tells_all_of_it():
    cells, truth = pa.array(["a", "b", "a", "b"]), np.array([1.0, 0.0, 1.0, 0.0])
    alone = learn(C, cells, truth, 2)
    assert alone.answer(cells).tolist() == truth.tolist()
    assert skill(alone.answer(cells), truth, 2) == 1.0


def test_a_missing_or_unknown_category_is_a_bin_of_its_own():
    alone = learn(C, pa.array(["a", "a", None, None]), np.array([0.0, 0.0, 1.0, 1.0]), 2)
    assert alone.answer(pa.array(["a", "z", None])).tolist() == [0.0, 1.0, 1.0]


def test_a_bin_without_rows_says_what_is_commonest():
    alone = learn(C, pa.array(["a", "a"]), np.array([1.0, 1.0]), 2)
    assert alone.answer(pa.array(["b", None])).tolist() == [1.0, 1.0]


def test_a_number_that_is_the_truth_tells_nearly_all_of_its_variance():
    values = np.random.default_rng(0).normal(size=4000)
    alone = learn(X, pa.array(values[:2000]), values[:2000], 0)
    assert skill(alone.answer(pa.array(values[2000:])), values[2000:], 0) > 0.95


def test_noise_tells_nothing():
    chance = np.random.default_rng(1)
    values, truth = chance.normal(size=4000), (chance.random(4000) < 0.3).astype(float)
    alone = learn(X, pa.array(values[:2000]), truth[:2000], 2)
    assert skill(alone.answer(pa.array(values[2000:])), truth[2000:], 2) < 0.05


@pytest.mark.parametrize(
    ("answers", "truth", "classes", "expected"),
    [
        ([0, 0, 1, 1], [0, 0, 0, 1], 2, 0.0),  # one wrong, as many as the commonest class gets wrong
        ([1, 1, 1, 0], [0, 0, 0, 1], 2, -3.0),
        ([0, 0], [0, 0], 2, None),
        ([1.0, 3.0], [1.0, 3.0], 0, 1.0),
        ([2.0, 2.0], [1.0, 3.0], 0, 0.0),
        ([2.0], [2.0], 0, None),
    ],
)
def test_skill_is_the_share_of_the_best_constants_error_that_is_put_right(answers, truth, classes, expected):
    assert skill(np.array(answers, float), np.array(truth, float), classes) == expected


def test_a_column_without_values_says_what_is_commonest():
    alone = learn(X, pa.nulls(3, pa.float64()), np.array([1.0, 1.0, 0.0]), 2)
    assert alone.answer(pa.array([None, 5.0])).tolist() == [1.0, 1.0]
