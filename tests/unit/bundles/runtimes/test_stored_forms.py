"""Each form answers as the estimator that it was made from."""

import re

import lightgbm
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

from everloop.bundles.runtimes.lightgbm_runtime import LightGBMRuntime
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.bundles.runtimes.skops_runtime import SkopsRuntime
from everloop.bundles.trusted import dump_canonical
from everloop.errors import BundleRefused
from everloop.records.signature import Column, Signature

QUIET = {"verbosity": -1, "n_estimators": 5, "n_jobs": 1}


def signature(
    width: int, classes: tuple[int, ...] = (), kind: str = "number", layout: str = "matrix"
) -> Signature:
    columns = tuple(Column(name=f"c{i}", kind=kind, nullable=True) for i in range(width))  # type: ignore[arg-type]
    task = "classification" if classes else "regression"
    return Signature(task=task, target="y", columns=columns, classes=classes, layout=layout)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def wine():
    rows, classes = load_wine(return_X_y=True)
    return rows.astype(np.float32), classes


@pytest.fixture(scope="module")
def diabetes():
    rows, values = load_diabetes(return_X_y=True)
    return rows.astype(np.float32), values


def test_lightgbm_text_of_several_classes(wine):
    model = lightgbm.LGBMClassifier(**QUIET).fit(*wine)
    runtime = LightGBMRuntime(model.booster_.model_to_string().encode(), signature(13, (0, 1, 2)))
    np.testing.assert_allclose(runtime.predict(wine[0]), model.predict_proba(wine[0]), rtol=1e-6)


def test_lightgbm_text_of_two_classes_gives_both_probabilities(wine):
    rows, classes = wine
    model = lightgbm.LGBMClassifier(**QUIET).fit(rows, classes == 1)
    runtime = LightGBMRuntime(model.booster_.model_to_string().encode(), signature(13, (0, 1)))
    output = runtime.predict(rows)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, model.predict_proba(rows), rtol=1e-6)


def test_lightgbm_text_of_a_regression(diabetes):
    model = lightgbm.LGBMRegressor(**QUIET).fit(*diabetes)
    runtime = LightGBMRuntime(model.booster_.model_to_string().encode(), signature(10))
    np.testing.assert_allclose(runtime.predict(diabetes[0]), model.predict(diabetes[0]), rtol=1e-6)


@pytest.mark.parametrize(
    "data", [b"", b"tree", b"\x80\x04.", b"Tree\n", "tree\nversion=v4\n\xff".encode("latin-1")]
)
def test_what_is_no_lightgbm_text_is_refused(data, capfd):
    with pytest.raises(BundleRefused):
        LightGBMRuntime(data, signature(10))


def test_lightgbm_text_with_false_sizes_does_not_end_the_process(diabetes):
    model = lightgbm.LGBMRegressor(**QUIET).fit(*diabetes)
    text = re.sub("tree_sizes=.*", "tree_sizes=7 9 11 13 99999999", model.booster_.model_to_string())
    output = LightGBMRuntime(text.encode(), signature(10)).predict(diabetes[0])
    np.testing.assert_allclose(output, model.predict(diabetes[0]), rtol=1e-6)


def test_lightgbm_text_of_other_features_is_refused(diabetes):
    text = lightgbm.LGBMRegressor(**QUIET).fit(*diabetes).booster_.model_to_string().encode()
    with pytest.raises(BundleRefused, match="features"):
        LightGBMRuntime(text, signature(9))


def test_skops_of_a_classification_over_a_matrix(wine):
    model = KNeighborsClassifier(algorithm="brute").fit(*wine)
    runtime = SkopsRuntime(dump_canonical(model), signature(13, (0, 1, 2)))
    np.testing.assert_allclose(runtime.predict(wine[0]), model.predict_proba(wine[0]), rtol=1e-6)


def test_skops_of_a_regression_over_columns(diabetes):
    rows, values = diabetes
    model = Ridge().fit(rows, values)
    runtime = SkopsRuntime(dump_canonical(model), signature(10, layout="columns"))
    columns = {f"c{i}": rows[:, [i]] for i in range(10)}
    with pytest.warns(UserWarning, match="feature names"):
        output = runtime.predict(columns)
    np.testing.assert_allclose(output, model.predict(rows), rtol=1e-5)


def test_a_regressor_where_probabilities_are_asked_for_is_refused(diabetes):
    with pytest.raises(BundleRefused, match="has no predict_proba"):
        SkopsRuntime(dump_canonical(Ridge().fit(*diabetes)), signature(10, (0, 1)))


def test_onnx_answers_one_number_a_row(linear):
    runtime = OnnxRuntime(linear, signature(2))
    assert runtime.predict(np.array([[1, 1]], dtype=np.float32)).tolist() == [5.0]


@pytest.mark.parametrize(
    "wrong",
    [
        signature(2, layout="columns"),
        signature(2, kind="category", layout="columns"),
        signature(1, layout="columns"),
    ],
    ids=["columns", "texts", "fewer"],
)
def test_onnx_with_other_inputs_than_the_signature_is_refused(linear, wrong):
    with pytest.raises(BundleRefused, match="inputs"):
        OnnxRuntime(linear, wrong)


def test_onnx_that_does_not_load_is_refused_in_one_line(linear):
    with pytest.raises(BundleRefused) as refusal:
        OnnxRuntime(linear.replace(b"MatMul", b"NotAnO"), signature(2))
    assert "\n" not in str(refusal.value)
