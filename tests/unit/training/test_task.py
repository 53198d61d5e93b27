import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from everloop.errors import RecipeRefused
from everloop.training.task import resolve_task, task_of


def column(cells: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, type=kind)])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["yes", "no"], "classification"),
        ([True, False, None], "classification"),
        (list(range(20)) * 3, "classification"),
        (list(range(21)) * 3, "regression"),
        ([0.0, 1.0, None], "classification"),
        ([0.0, 0.5], "regression"),
        ([float("nan"), 1.0, 2.0], "classification"),
        ([-1, 1], "classification"),
        ([], "regression"),
        ([None, None], "regression"),
    ],
)
def test_the_values_tell_the_task(cells, expected):
    kind = pa.float64() if not [c for c in cells if c is not None] else None
    assert task_of(column(cells, kind)) == expected


def test_dictionaries_of_texts_are_classes():
    assert task_of(pa.chunked_array([pa.array(["a", "b"]).dictionary_encode()])) == "classification"


def test_a_date_is_no_target():
    with pytest.raises(RecipeRefused, match="timestamp"):
        task_of(column([0], pa.timestamp("s")))


def test_the_recipe_goes_before_the_estimator_and_that_before_the_values():
    numbers = column([0, 1])
    assert resolve_task("regression", LogisticRegression(), numbers) == "regression"
    assert resolve_task("auto", make_pipeline(LinearRegression()), numbers) == "regression"
    assert resolve_task("auto", KMeans(), column([0.5, 1.5])) == "regression"
    assert resolve_task("auto", LogisticRegression(), column([0.5, 1.5])) == "classification"
