import functools

import msgspec
import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from everloop.errors import RecipeRefused
from everloop.training.canonical import canonical, estimator_digest


def pipeline(**changes) -> object:
    picked = make_column_transformer(
        (OneHotEncoder(categories=[["a", "b"]]), ["colour"]),
        (StandardScaler(), make_column_selector(dtype_include="number")),
    )
    return make_pipeline(picked, LogisticRegression(**{"C": 0.1, **changes}))


@pytest.mark.parametrize(
    "make",
    [
        LGBMClassifier,
        pipeline,
        lambda: VotingClassifier([("a", LogisticRegression()), ("b", LGBMClassifier())], voting="soft"),
        lambda: GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=StratifiedKFold(3)),
        lambda: FunctionTransformer(np.log1p, kw_args={"where": True}),
        lambda: LogisticRegression(
            class_weight={"no": 1.0, "yes": 2.5}, random_state=np.random.RandomState(3)
        ),
    ],
)
def test_estimators_made_alike_have_one_digest(make):
    assert estimator_digest(make()) == estimator_digest(make())


def test_every_parameter_counts_all_the_way_down():
    made = [
        pipeline(),
        pipeline(C=0.2),
        pipeline(C=0.1 + 1e-18),
        pipeline(class_weight="balanced"),
        pipeline(class_weight={0: 1}),
        pipeline(class_weight={"0": 1}),
        pipeline(class_weight={0: 1.0}),
        pipeline(random_state=np.random.RandomState(1)),
        pipeline(random_state=np.random.RandomState(2)),
    ]
    assert len({estimator_digest(e) for e in made}) == len(made) - 1  # 0.1 + 1e-18 is 0.1
    assert estimator_digest(LogisticRegression()) != estimator_digest(LGBMClassifier())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], (1,)),
        (1, 1.0),
        (1, True),
        ("1", 1),
        (np.float32(1), np.float64(1)),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array(["a"], dtype=object), np.array(["b"], dtype=object)),
        (np.sin, np.cos),
        (float, int),
        (slice(1), slice(2)),
        ({1, 2}, {1, 3}),
        (None, "None"),
        (functools.partial(max, 1), functools.partial(max, 2)),
    ],
    ids=str,
)
def test_different_values_have_different_forms(one, other):
    assert msgspec.json.encode(canonical(one)) != msgspec.json.encode(canonical(other))


def test_the_order_of_a_dictionary_or_set_does_not_count():
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})
    assert canonical({"x", "y", "z"}) == canonical({"z", "y", "x"})


def test_parameters_that_hold_one_another_are_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(RecipeRefused, match="without end"):
        canonical(endless)


def test_a_parameter_without_a_form_is_refused_by_name():
    with pytest.raises(RecipeRefused, match="generator"):
        canonical(i for i in range(3))
