import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.scored import score
from everloop.records.signature import Column
from everloop.testing.linear_bundle import numbers


def test_every_row_is_answered(bundles):
    found = score(bundles([[2.0]], classes=()), pa.table({"x": [1.0, 3.0]}))
    assert found.outputs.tolist() == [2.0, 6.0]
    assert found.answered.all()
    assert found.failure == ""


def test_probabilities_have_a_column_a_class(bundles):
    found = score(bundles("right"), pa.table({"x": [0.0, 50.0]}))
    assert found.outputs == pytest.approx(np.array([[0.5, 0.5], [0.0, 1.0]]))


def test_a_row_that_lacks_what_is_asked_for_takes_no_other_row_with_it(bundles):
    found = score(bundles([[2.0]], classes=()), pa.table({"x": [1.0, None, 3.0]}))
    assert found.answered.tolist() == [True, False, True]
    assert found.failure == "'x' is missing"


def test_a_row_that_cannot_be_encoded_is_found_among_many(bundles):
    values = np.arange(1000, dtype=np.float64)
    values[[17, 803]] = 1e300
    found = score(bundles([[1.0]], classes=()), pa.table({"x": values}))
    assert np.flatnonzero(~found.answered).tolist() == [17, 803]
    assert found.failed == 2
    assert found.failure == "'x' is 1e+300, which 32-bit floats cannot hold."


def test_an_answer_that_is_not_finite_is_none(bundles):
    found = score(bundles([[3e38]], classes=()), pa.table({"x": [1.0, 1e10]}))
    assert found.answered.tolist() == [True, False]
    assert np.isnan(found.outputs[1])
    assert found.failure == "its output is not a finite number"


def test_no_rows_have_no_answers(bundles):
    found = score(bundles("right"), pa.table({"x": pa.array([], pa.float64())}))
    assert found.outputs.shape == (0, 2)
    assert found.failed == 0


def test_texts_travel_in_the_columns_layout(tmp_path):
    from everloop.bundles.door import open_bundle
    from everloop.testing.linear_bundle import linear_bundle

    columns = (
        *numbers("x"),
        Column(name="c", kind="category", nullable=True, categories=("a", "b"), missing=""),
    )
    digest = linear_bundle(tmp_path, columns, [[1.0, 10.0]], layout="columns")
    found = score(open_bundle(tmp_path, digest), pa.table({"x": [1.0, 2.0], "c": ["a", "b"]}))
    assert found.outputs.tolist() == [1.0, 12.0]
