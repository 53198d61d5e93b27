import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from everloop.records.signature import Column
from everloop.training.preparation import layout_of, named_columns, prepare

FULL = Column(name="n", kind="number", nullable=False)
GAPS = Column(name="g", kind="number", nullable=True)
COLOUR = Column(name="c", kind="category", nullable=True, categories=("blue", "red"))


def pick(*names: str, **more) -> ColumnTransformer:
    return make_column_transformer((OneHotEncoder(), list(names)), **more)


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (LGBMClassifier(), "matrix"),
        (LogisticRegression(), "matrix"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "matrix"),
        (make_pipeline(pick("c"), LogisticRegression()), "columns"),
        (make_pipeline(make_pipeline(pick("c")), LogisticRegression()), "columns"),
        (make_pipeline(OneHotEncoder(), LogisticRegression()), "columns"),
    ],
)
def test_what_picks_columns_or_reads_texts_gets_columns(estimator, expected):
    assert layout_of(estimator) == expected


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (make_pipeline(pick("c", "n"), LogisticRegression()), ("c", "n")),
        (make_pipeline(make_column_transformer((OneHotEncoder(), "c")), LogisticRegression()), ("c",)),
        (make_pipeline(pick("c", remainder="passthrough"), LogisticRegression()), ()),
        (
            make_pipeline(
                make_column_transformer((OneHotEncoder(), make_column_selector(dtype_include=object)))
            ),
            (),
        ),
        (make_pipeline(make_column_transformer((OneHotEncoder(), [0]))), ()),
        (make_pipeline(make_column_transformer(("drop", ["x"]), (OneHotEncoder(), ["c"]))), ("c",)),
        (LogisticRegression(), ()),
    ],
)
def test_a_pipeline_that_names_all_its_columns_tells_them(estimator, expected):
    assert named_columns(estimator) == expected


def test_lightgbm_takes_categories_as_they_are():
    estimator = LGBMClassifier()
    prepared = prepare(estimator, (FULL, COLOUR), "matrix")
    assert prepared.estimator is estimator
    assert prepared.arguments == {"categorical_feature": [1]}
    assert prepare(estimator, (FULL,), "matrix").arguments == {}


@pytest.mark.parametrize(
    ("estimator", "columns"),
    [
        (RandomForestClassifier(), (FULL,)),
        (RandomForestClassifier(), (GAPS,)),
        (HistGradientBoostingClassifier(), (FULL, GAPS)),
        (make_pipeline(StandardScaler(), RandomForestClassifier()), (FULL,)),
    ],
)
def test_what_takes_the_numbers_as_they_are_is_left_alone(estimator, columns):
    prepared = prepare(estimator, columns, "matrix")
    assert prepared.estimator is estimator
    assert prepared.note == ""


def test_a_pipeline_that_cannot_take_gaps_gets_them_filled():
    assert (
        "median" in prepare(make_pipeline(StandardScaler(), RandomForestClassifier()), (GAPS,), "matrix").note
    )


def test_numbers_are_filled_and_scaled_and_categories_one_hot_encoded_by_hand():
    prepared = prepare(LogisticRegression(), (GAPS, COLOUR), "matrix")
    assert prepared.note == (
        "Prepared for this estimator: missing numbers are filled with the median, numbers are scaled, "
        "categories are one-hot encoded."
    )
    rows = np.array([[1, 0], [3, 1], [np.nan, np.nan], [2, 0]], dtype=np.float32)
    prepared.estimator.fit(rows, [0, 1, 0, 1])
    prepare_step = prepared.estimator.steps[0][1]
    unseen = np.array([[np.nan, -1.0], [1.0, np.nan]], dtype=np.float32)
    spread = np.std([1, 3, 2, 2])  # the gap is filled with 2, the median
    expected = [[0, 0, 0, 0], [-1 / spread, 1, 0, 0]]  # missing is a category of its own, unseen is none
    np.testing.assert_allclose(prepare_step.transform(unseen), expected, rtol=1e-6)


def test_columns_are_never_prepared():
    estimator = make_pipeline(pick("c"), LogisticRegression())
    assert prepare(estimator, (GAPS, COLOUR), "columns").estimator is estimator
