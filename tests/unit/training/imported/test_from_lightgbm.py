import lightgbm
import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_diabetes, load_digits

from everloop.bundles.encoding import encode
from everloop.bundles.runtimes.lightgbm_runtime import LightGBMRuntime
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.errors import BundleRefused, InvalidRequest
from everloop.training.imported.from_lightgbm import from_lightgbm
from everloop.training.imported.task import Declared

KIND = Declared(target="kind", classes=("malignant", "benign"))
RUNTIMES = {"onnx": OnnxRuntime, "lightgbm": LightGBMRuntime}


def answers(made, rows) -> np.ndarray:
    (data,) = made.files.values()
    return RUNTIMES[made.format](data, made.signature).predict(encode(made.signature, rows))


def test_two_classes_answer_as_the_booster_does(booster, rows, tumours):
    made = from_lightgbm(booster.model_to_string().encode(), KIND, rows)
    expected = booster.predict(tumours.drop(columns="kind").to_numpy())
    assert answers(made, rows)[:, 1] == pytest.approx(expected, abs=1e-5)
    assert made.format == "onnx"


@pytest.mark.parametrize("objective", ["regression", "poisson"])
def test_a_number_is_what_the_booster_says(objective):
    data = load_diabetes(as_frame=True)
    settings = {"objective": objective, "verbose": -1, "num_threads": 1, "num_leaves": 7}
    booster = lightgbm.train(settings, lightgbm.Dataset(data.data, data.target), 10)
    table = pa.Table.from_pandas(data.frame, preserve_index=False)
    made = from_lightgbm(booster.model_to_string().encode(), Declared(target="target"), table)
    assert answers(made, table) == pytest.approx(booster.predict(data.data), rel=1e-4)


def test_ten_classes_without_names_are_the_numbers_that_it_was_taught():
    data = load_digits()
    settings = {"objective": "multiclass", "num_class": 10, "verbose": -1, "num_threads": 1, "num_leaves": 4}
    booster = lightgbm.train(settings, lightgbm.Dataset(data.data, data.target), 3)
    names = tuple(f"p{n}" for n in range(64))
    made = from_lightgbm(booster.model_to_string().encode(), Declared(target="d", features=names), None)
    assert made.signature.classes == tuple(range(10))
    table = pa.table(dict(zip(names, data.data.T, strict=True)))
    assert answers(made, table) == pytest.approx(booster.predict(data.data), abs=1e-4)


def test_classes_that_truths_name_otherwise_are_asked_for(booster, rows):
    with pytest.raises(InvalidRequest, match="--classes"):
        from_lightgbm(booster.model_to_string().encode(), Declared(target="kind"), rows)


def test_a_ranking_is_refused():
    x = np.arange(40.0).reshape(20, 2)
    data = lightgbm.Dataset(x, np.arange(20) % 3, group=[10, 10])
    settings = {"objective": "lambdarank", "verbose": -1, "min_data_in_leaf": 1, "num_threads": 1}
    text = lightgbm.train(settings, data, 2).model_to_string()
    with pytest.raises(BundleRefused, match="orders rows"):
        from_lightgbm(text.encode(), Declared(target="y", features=("a", "b")), None)
