import warnings

import numpy as np
import pyarrow as pa
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import RadiusNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from everloop.bundles.encoding import encode
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.errors import EverloopError, RecipeRefused, TrainingFailed
from everloop.records.target import TargetRule
from everloop.training.fit import fit

ROWS = 400


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """The class is decided by a number and a colour; both have gaps."""
    chance = np.random.default_rng(5)
    size = chance.normal(size=ROWS)
    colour = chance.choice(["red", "blue", "green"], ROWS)
    truth = np.where(colour == "red", size > 0, size < 0.3)
    size[::17] = np.nan
    return pa.table(
        {
            "when": pa.array(range(ROWS), pa.int64()),
            "size": pa.array(size, from_pandas=True),
            "colour": pa.array([None if i % 23 == 0 else c for i, c in enumerate(colour)], pa.string()),
            "member": [bool(i % 2) for i in range(ROWS)],
            "y": pa.array(["yes" if t else "no" for t in truth]),
            "price": size_to_price(size),
        }
    )


def size_to_price(size: np.ndarray) -> pa.Array:
    return pa.array(np.nan_to_num(size, nan=0.5) * 100 + 7)


def train(recipe, estimator, table, said=None, **settings):
    record = recipe(**{"exclude": ("price", "when"), "seed": 3, **settings})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit(
            record,
            clone(estimator),
            table,
            data="d",
            threads=1,
            say=lambda text, share: said.append(text) if said is not None else None,
        )


def small(kind=LGBMClassifier, **more):
    return kind(**{"n_estimators": 10, **more})


CATEGORIES = make_column_selector(dtype_include=object)
CLASSIFIERS = {
    "lightgbm": (small(), "onnx", "matrix"),
    "linear": (LogisticRegression(), "onnx", "matrix"),
    "bayes": (GaussianNB(), "onnx", "matrix"),
    "trees": (GradientBoostingClassifier(n_estimators=5), "onnx", "matrix"),
    "vote": (
        VotingClassifier([("a", LogisticRegression()), ("b", small())], voting="soft"),
        "onnx",
        "matrix",
    ),
    "histogram": (HistGradientBoostingClassifier(max_iter=5), "skops", "matrix"),
    "by name": (
        make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["colour"])),
            LogisticRegression(),
        ),
        "onnx",
        "columns",
    ),
    "strict": (
        make_pipeline(make_column_transformer((OneHotEncoder(), ["colour"])), LogisticRegression()),
        "onnx",
        "columns",
    ),
    "by type": (
        make_pipeline(
            make_column_transformer(
                (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), CATEGORIES),
                remainder="passthrough",
            ),
            small(),
        ),
        "onnx",
        "columns",
    ),
}


@pytest.mark.parametrize("case", CLASSIFIERS)
def test_mixed_columns_with_gaps_are_learned_by_any_estimator(recipe, table, case):
    estimator, form, layout = CLASSIFIERS[case]
    trained = train(recipe, estimator, table)
    assert trained.manifest.runtime == form
    assert trained.manifest.signature.layout == layout
    assert trained.manifest.signature.classes == ("no", "yes")
    assert trained.manifest.parity.largest_difference <= 1e-4
    assert bool(trained.manifest.fallback_reason) == (form != "onnx")
    assert trained.rows == {"fitted": 320, "scored": 80, "left_out": 0}
    assert set(trained.metrics) == {"accuracy", "balanced_accuracy", "f1_macro", "log_loss", "roc_auc"}


def test_lightgbm_learns_the_rule(recipe, table):
    assert train(recipe, small(n_estimators=100), table).metrics["accuracy"] > 0.9


@pytest.mark.parametrize(
    "estimator", [small(LGBMRegressor), LinearRegression(), RandomForestRegressor(5)], ids=str
)
def test_numbers_are_learned_with_their_own_metrics(recipe, table, estimator):
    trained = train(recipe, estimator, table, target=TargetRule(outcome="price"), exclude=("y", "when"))
    assert trained.manifest.signature.task == "regression"
    assert trained.manifest.runtime == "onnx"
    assert trained.metrics["r2"] > 0.8
    assert set(trained.metrics) == {"mae", "rmse", "r2"}


def test_scores_are_those_of_the_rows_that_were_not_fitted(recipe, table):
    """A tree that remembers every row is perfect on what it saw and no better than chance on noise."""
    noise = np.random.default_rng(1)
    rows = pa.table({"a": noise.normal(size=ROWS), "y": noise.integers(0, 2, ROWS)})
    trained = train(recipe, GradientBoostingClassifier(n_estimators=40, max_depth=8), rows, exclude=())
    assert trained.metrics["accuracy"] < 0.7


def test_the_latest_rows_score_where_an_order_is_given(recipe, table):
    said: list[str] = []
    trained = train(recipe, small(), table, said, order_by="when", exclude=("price",), test_share=0.25)
    assert trained.rows["scored"] == 100
    assert "when" in trained.manifest.signature.ignored
    assert any("'when' is left out: the rows are ordered by it" in line for line in said)


def test_rows_without_a_target_are_left_out_and_counted(recipe, table):
    gaps = pa.array([None if i % 4 == 0 else v for i, v in enumerate(table["y"].to_pylist())])
    said: list[str] = []
    trained = train(recipe, small(), table.set_column(4, "y", gaps), said)
    assert trained.rows["left_out"] == 100
    assert any("100 rows without a target are left out" in line for line in said)


def test_a_category_that_only_scored_rows_have_is_unseen(recipe, table):
    cells = table["colour"].to_pylist()
    cells[-1] = "ultraviolet"
    changed = table.set_column(2, "colour", pa.array(cells))
    trained = train(recipe, small(), changed, order_by="#")
    (colour,) = [c for c in trained.manifest.signature.columns if c.name == "colour"]
    assert colour.categories == ("blue", "green", "red")


def test_boolean_targets_are_answered_as_booleans(recipe, table):
    flags = table.set_column(4, "y", pa.array([v == "yes" for v in table["y"].to_pylist()]))
    assert train(recipe, small(), flags).manifest.signature.classes == (False, True)


def test_several_classes_each_have_a_probability(recipe, table):
    thirds = table.set_column(4, "y", pa.array([i % 3 for i in range(ROWS)]))
    assert train(recipe, small(), thirds).manifest.signature.classes == (0, 1, 2)


def test_columns_may_be_called_as_the_converters_own_variables(recipe, table):
    names = ["probabilities", "output_probability", "label", "variable", "y", "price"]
    trained = train(recipe, CLASSIFIERS["by type"][0], table.rename_columns(names), exclude=("price",))
    assert trained.manifest.runtime == "onnx"


def test_a_row_alone_is_answered_as_among_others(recipe, table):
    trained = train(recipe, LogisticRegression(), table)
    signature = trained.manifest.signature
    runtime = OnnxRuntime(trained.files["model.onnx"], signature)
    rows = encode(signature, table)
    single = np.concatenate([runtime.predict(rows[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(single, runtime.predict(rows)[:20], atol=1e-6)
    np.testing.assert_allclose(single.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "settings", "told"),
    [
        (lambda t: t.slice(0, 0), {}, "0 of 0 rows have a value in 'y'"),
        (lambda t: t.slice(0, 1), {}, "1 of 1 rows"),
        (lambda t: t.set_column(4, "y", pa.array(["yes"] * ROWS)), {}, "'y' is yes in every row"),
        (
            lambda t: t.set_column(4, "y", pa.array([None] * ROWS, pa.string())),
            {},
            "0 of 400 rows have a value",
        ),
        (lambda t: t.set_column(4, "y", pa.array([f"{i}" for i in range(ROWS)])), {}, "400 different values"),
        (lambda t: t.select(["y"]), {"exclude": ()}, "No column is left"),
        (lambda t: t.drop_columns(["y"]), {}, "no column 'y' to learn"),
        (lambda t: t.set_column(1, "size", pa.array([1e39] * ROWS)), {}, "Row 1: 'size' is 1e.39"),
        (lambda t: t, {"order_by": "nowhere"}, "order_by='nowhere'"),
        (lambda t: t, {"order_by": "size"}, "order_by='size': 24 rows have no value"),
        (
            lambda t: t.set_column(4, "y", pa.array(["no"] * 390 + ["yes"] * 10)),
            {"order_by": "#"},
            "latest rows only",
        ),
        (
            lambda t: t.slice(0, 2).set_column(4, "y", pa.array(["no", "yes"])),
            {},
            "Each class has one",
        ),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_refused_with_a_reason(recipe, table, change, settings, told):
    with pytest.raises(EverloopError, match=told) as refusal:
        train(recipe, small(), change(table), **settings)
    assert "\n" not in str(refusal.value)


def test_an_estimator_that_fails_says_so_in_one_line(recipe, table):
    strict = make_pipeline(make_column_transformer((StandardScaler(), ["colour"])), LogisticRegression())
    with pytest.raises(TrainingFailed, match="Pipeline could not be fitted: ValueError") as refusal:
        train(recipe, strict, table)
    assert "\n" not in str(refusal.value)


def test_an_estimator_that_does_not_answer_its_own_data_is_refused(recipe, table):
    with pytest.raises((TrainingFailed, RecipeRefused)):
        train(
            recipe,
            RadiusNeighborsRegressor(radius=1e-9),
            table,
            target=TargetRule(outcome="price"),
            exclude=("y", "when"),
        )


def test_equal_recipes_and_data_give_equal_files(recipe, table):
    for name in ("lightgbm", "by name", "histogram"):
        first, second = (train(recipe, CLASSIFIERS[name][0], table) for _ in range(2))
        assert first.files == second.files
        assert first.manifest == second.manifest


def test_another_seed_gives_another_model(recipe, table):
    first, second = (train(recipe, small(), table, seed=seed) for seed in (1, 2))
    assert first.files != second.files
