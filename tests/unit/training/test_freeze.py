import io
import threading
from types import ModuleType

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC

from everloop.bundles.trusted import load_trusted
from everloop.errors import InvalidRequest, RecipeRefused
from everloop.records.codec import digest_of, to_json
from everloop.training.freeze import freeze
from everloop.training.recipe import Recipe
from everloop.training.target import Target


class Own(ClassifierMixin, BaseEstimator):
    def fit(self, rows, labels):
        return self

    def predict(self, rows):
        return rows

    predict_proba = predict


class Changing(LogisticRegression):
    def __init__(self, strength=1.0):
        super().__init__(C=strength)
        self.strength = strength * 2


def test_a_recipe_is_frozen_with_all_that_it_says():
    estimator = LGBMClassifier(n_estimators=30)
    target = Target("Churn", within="24h", otherwise="No")
    record, blob = freeze(
        Recipe(
            estimator,
            target=target,
            features=["a", "b"],
            exclude=["c"],
            seed=7,
            test_share=0.3,
            order_by="at",
        )
    )
    assert record.estimator == "lightgbm.sklearn.LGBMClassifier"
    assert record.hyperparameters["n_estimators"] == "30"
    assert record.target == target.rule()
    assert (record.features, record.exclude) == (("a", "b"), ("c",))
    assert (record.seed, record.test_share, record.order_by) == (7, 0.3, "at")
    assert {"lightgbm", "scikit-learn", "numpy", "everloop"} <= record.libraries.keys()
    assert load_trusted(blob).get_params() == estimator.get_params()


def test_equal_recipes_freeze_to_equal_bytes_and_records():
    def make():
        return freeze(Recipe(make_pipeline(StandardScaler(), LogisticRegression()), target="y"))

    (first, blob), (second, other) = make(), make()
    assert digest_of(to_json(first)) == digest_of(to_json(second))
    assert blob == other


def test_a_fitted_estimator_is_stored_unfitted():
    fitted = LinearRegression().fit([[1], [2]], [1, 2])
    _, blob = freeze(Recipe(fitted, target="y"))
    assert not hasattr(load_trusted(blob), "coef_")
    assert hasattr(fitted, "coef_")


@pytest.mark.parametrize(
    ("task", "kind"), [("classification", LGBMClassifier), ("regression", LGBMRegressor)]
)
def test_lightgbm_is_the_default_of_a_task(task, kind):
    _, blob = freeze(Recipe(target="y", task=task))
    assert type(load_trusted(blob)) is kind


def test_nested_hyperparameters_can_be_read_by_their_path():
    record, _ = freeze(Recipe(make_pipeline(StandardScaler(), LogisticRegression(C=0.5)), target="y"))
    assert record.hyperparameters["logisticregression__C"] == "0.5"
    assert "steps" not in record.hyperparameters


@pytest.mark.parametrize(
    "estimator",
    [
        GridSearchCV(LogisticRegression(), {"C": [1, 2]}),
        StackingClassifier([("a", LogisticRegression())]),
        RandomForestClassifier(random_state=np.random.RandomState(1)),
        make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_scikit_learn_brings_is_accepted(estimator):
    freeze(Recipe(estimator, target="y"))


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        (LogisticRegression, "is a class. Make an object"),
        (3, "no scikit-learn estimator"),
        (None, "neither an estimator nor a task"),
        (StandardScaler(), "does not predict"),
        (KMeans(), "no probabilities|does not"),
        (LinearSVC(), "gives no probabilities. Set its option"),
        (RidgeClassifier(), "gives no probabilities"),
        (make_pipeline(StandardScaler(), LinearSVC()), "gives no probabilities"),
        (StackingClassifier([("a", LogisticRegression())], final_estimator=LinearSVC()), "no probabilities"),
        (Own(), r"holds .*Own: loading that runs code. Use scikit-learn's"),
        (
            make_pipeline(FunctionTransformer(lambda rows: rows), LogisticRegression()),
            "lambda>: loading that runs",
        ),
        (make_pipeline(FunctionTransformer(eval), LogisticRegression()), "eval: loading that runs code"),
        (LogisticRegression(class_weight=threading.Lock()), "cannot be"),
        (LogisticRegression(C=io.BytesIO()), "BytesIO"),
        (LogisticRegression(C=ModuleType("m")), "cannot be"),
        (Changing(), "cannot be copied"),
        (SelfTrainingClassifier(), "is not complete|gives no"),
    ],
)
def test_an_estimator_that_cannot_be_stored_or_used_is_refused_with_the_remedy(estimator, told):
    task = "classification" if isinstance(estimator, KMeans) else "auto"
    with pytest.raises(RecipeRefused, match=told) as refusal:
        freeze(Recipe(estimator, target="y", task=task))
    assert "\n" not in str(refusal.value)


def test_an_estimator_for_another_task_is_refused():
    with pytest.raises(
        RecipeRefused, match="LinearRegression is for regression, the recipe's task is classification"
    ):
        freeze(Recipe(LinearRegression(), target="y", task="classification"))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"task": "ranking"}, "task='ranking'"),
        ({"features": "age"}, "lists of columns"),
        ({"exclude": "age"}, "lists of columns"),
        ({"features": ["y", "a"]}, "target"),
        ({"features": ["a"], "exclude": ["a"]}, "both"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"test_share": 0}, "test_share"),
        ({"test_share": 1}, "test_share"),
    ],
)
def test_settings_that_no_training_can_follow_are_refused(settings, told):
    with pytest.raises(RecipeRefused, match=told):
        freeze(Recipe(LogisticRegression(), **{"target": "y", **settings}))


def test_a_target_that_cannot_be_is_refused():
    with pytest.raises(InvalidRequest, match="needs a window"):
        freeze(Recipe(LogisticRegression(), target=Target("y", otherwise=0)))
