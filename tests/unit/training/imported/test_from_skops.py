import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from everloop.bundles.door import open_bundle
from everloop.bundles.encoding import encode
from everloop.bundles.writer import write_bundle
from everloop.errors import BundleRefused, InvalidRequest
from everloop.training.imported.from_skops import from_skops
from everloop.training.imported.task import Declared, ImportTask

KIND = Declared(target="kind")


def answers(made, rows, folder) -> np.ndarray:
    task = ImportTask(run="r", name="m", kind="skops", digest="d", declared=KIND)
    bundle = open_bundle(folder, write_bundle(folder, made.manifest(task), made.files))
    return bundle.runtime().predict(encode(made.signature, rows))


def test_an_estimator_answers_as_it_did_where_it_was_fitted(classifier, rows, tumours, tmp_path):
    made = from_skops(skops.io.dumps(classifier), KIND, rows)
    expected = classifier.predict_proba(tumours.drop(columns="kind").to_numpy())
    assert answers(made, rows, tmp_path) == pytest.approx(expected, abs=1e-5)
    assert made.format == "onnx"


def test_its_own_column_names_are_followed_in_their_order(tumours, rows, tmp_path):
    names = ["mean texture", "mean radius"]
    model = LogisticRegression().fit(tumours[names], tumours["kind"])
    made = from_skops(skops.io.dumps(model), KIND, rows)
    assert [c.name for c in made.signature.columns] == names
    assert "mean area" in made.signature.ignored
    assert answers(made, rows, tmp_path) == pytest.approx(model.predict_proba(tumours[names]), abs=1e-4)


def test_a_pipeline_over_texts_takes_texts(tumours, tmp_path):
    frame = tumours.assign(size=np.where(tumours["mean radius"] > 15, "large", "small"))
    steps = make_column_transformer(
        (OneHotEncoder(), ["size"]), (StandardScaler(), ["mean texture", "mean radius"])
    )
    model = make_pipeline(steps, LogisticRegression()).fit(frame, frame["kind"])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    made = from_skops(skops.io.dumps(model), KIND, table)
    assert made.signature.layout == "columns"
    assert [c.name for c in made.signature.columns] == ["size", "mean texture", "mean radius"]
    assert answers(made, table, tmp_path) == pytest.approx(model.predict_proba(frame), abs=1e-4)


def test_lightgbm_keeps_the_order_of_its_own_categories(tumours, tmp_path):
    size = pd.Categorical(
        np.where(tumours["mean radius"] > 15, "large", "small"), categories=["small", "large"], ordered=True
    )
    frame = tumours[["mean texture"]].assign(size=size)
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1).fit(frame, tumours["kind"])
    table = pa.Table.from_pandas(
        frame.assign(size=frame["size"].astype(str), kind=tumours["kind"]), preserve_index=False
    )
    made = from_skops(skops.io.dumps(model), KIND, table)
    assert made.signature.columns[1].categories == ("small", "large")
    assert made.notes == ()
    assert answers(made, table, tmp_path) == pytest.approx(model.predict_proba(frame), abs=1e-4)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (LogisticRegression(), "was not fitted"),
        (Perceptron().fit([[0.0], [1.0]], [0, 1]), "gives no probabilities"),
        (StandardScaler().fit([[0.0], [1.0]]), "neither a classifier nor a regressor"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_answer_is_refused_in_one_line(model, told, rows):
    with pytest.raises(BundleRefused, match=told) as refusal:
        from_skops(skops.io.dumps(model), KIND, rows)
    assert "\n" not in str(refusal.value)


def test_without_rows_it_asks_for_them(classifier):
    with pytest.raises(InvalidRequest, match="--like"):
        from_skops(skops.io.dumps(classifier), KIND, None)


def test_a_forest_whose_trees_are_followed_unlooked_at_has_another_way_in(tumours, rows):
    forest = RandomForestClassifier(2).fit(tumours.drop(columns="kind"), tumours["kind"])
    with pytest.raises(BundleRefused, match=r"Tree.* skl2onnx\.to_onnx"):
        from_skops(skops.io.dumps(forest), KIND, rows)
