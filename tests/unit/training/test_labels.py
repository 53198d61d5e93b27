import pyarrow as pa
import pytest

from everloop.errors import TrainingFailed
from everloop.training.labels import labels_of


def column(cells: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, type=kind)])


@pytest.mark.parametrize(
    ("cells", "values", "classes"),
    [
        (["b", "a", "b"], ["b", "a", "b"], ("a", "b")),
        ([3, 1, 3], [3, 1, 3], (1, 3)),
        ([True, False], [1, 0], (False, True)),
        ([0.0, 2.0], [0, 2], (0, 2)),
    ],
)
def test_classes_are_the_different_values_in_order(cells, values, classes):
    labels = labels_of(column(cells), "y", "classification")
    assert labels.values.tolist() == values
    assert labels.classes == classes
    assert [type(c) for c in labels.classes] == [type(c) for c in classes]


def test_texts_in_a_dictionary_are_texts():
    cells = pa.chunked_array([pa.array(["b", "a"]).dictionary_encode()])
    assert labels_of(cells, "y", "classification").classes == ("a", "b")


def test_a_regression_learns_64_bit_numbers():
    labels = labels_of(column([1, 2], pa.int8()), "y", "regression")
    assert labels.values.tolist() == [1.0, 2.0]
    assert labels.classes == ()


@pytest.mark.parametrize(
    ("cells", "task", "told"),
    [
        (pa.array([], pa.int64()), "classification", "No row has a value"),
        (["a", "a"], "classification", "'y' is a in every row"),
        ([1.5, 1.5], "regression", "is 1.5 in every row"),
        (["a", "b"], "regression", "a regression learns numbers"),
        ([1.0, float("inf")], "regression", "infinite"),
        ([0.5, 1.0], "classification", "fractions"),
        ([f"id {i}" for i in range(100)], "classification", "100 different values in 100 rows"),
        (list(range(2000)) * 3, "classification", "2,000 different values"),
    ],
)
def test_what_cannot_be_learned_says_why(cells, task, told):
    with pytest.raises(TrainingFailed, match=told):
        labels_of(column(cells), "y", task)
