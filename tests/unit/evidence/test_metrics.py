"""Every metric against scikit-learn, and its interval against closed forms, other methods and its edges."""

import numpy as np
import pytest
import sklearn.metrics as sk

from everloop.errors import InvalidRequest
from everloop.evidence.metrics import METRICS, metric_named, per_row_metrics
from everloop.evidence.paired_difference import paired_bootstrap
from everloop.evidence.scored_rows import ScoredRows
from everloop.statistics.bootstrap import bca


def classified(classes, rows=400, seed=3, skill=0.7):
    chance = np.random.default_rng(seed)
    truth = np.random.default_rng(99).integers(0, classes, rows)
    probabilities = chance.dirichlet(np.ones(classes), rows)
    probabilities[np.arange(rows), truth] += skill
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return ScoredRows.of(probabilities.argmax(axis=1), truth, probabilities, classes)


def regressed(rows=300, seed=5):
    chance = np.random.default_rng(seed)
    truth = chance.normal(3, 1, rows)
    return ScoredRows.of(truth + chance.normal(0, 0.5, rows), truth)


ORACLES = {
    "accuracy": lambda t, a, p, k: sk.accuracy_score(t, a),
    "balanced_accuracy": lambda t, a, p, k: sk.balanced_accuracy_score(t, a),
    "precision": lambda t, a, p, k: sk.precision_score(t, a, average="binary" if k == 2 else "macro"),
    "recall": lambda t, a, p, k: sk.recall_score(t, a, average="binary" if k == 2 else "macro"),
    "f1": lambda t, a, p, k: sk.f1_score(t, a, average="binary" if k == 2 else "macro"),
    "log_loss": lambda t, a, p, k: sk.log_loss(t, p),
    "brier": lambda t, a, p, k: sk.brier_score_loss(t, p[:, 1] if k == 2 else p),
    "roc_auc": lambda t, a, p, k: sk.roc_auc_score(t, p[:, 1] if k == 2 else p, multi_class="ovr"),
    "mae": lambda t, a, p, k: sk.mean_absolute_error(t, a),
    "mse": lambda t, a, p, k: sk.mean_squared_error(t, a),
    "mape": lambda t, a, p, k: sk.mean_absolute_percentage_error(t, a),
    "rmse": lambda t, a, p, k: sk.root_mean_squared_error(t, a),
    "r2": lambda t, a, p, k: sk.r2_score(t, a),
}
CASES = [
    (name, classes)
    for name, metric in METRICS.items()
    for classes in ((2, 4) if metric.task == "classification" else (0,))
]


def rows_of(classes):
    return classified(classes) if classes else regressed()


def test_every_metric_has_an_oracle():
    assert set(ORACLES) == set(METRICS)


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_the_value_is_scikit_learns(name, classes):
    rows = rows_of(classes)
    found = METRICS[name].estimate(rows)
    expected = ORACLES[name](rows.truth, rows.answers, rows.probabilities, classes)
    assert found.value == pytest.approx(expected, rel=1e-9)
    assert found.low < found.value < found.high
    assert (found.metric, found.rows) == (name, len(rows))


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_a_row_that_counts_twice_is_two_rows(name, classes):
    rows = rows_of(classes)
    weights = np.random.default_rng(1).integers(0, 3, len(rows))
    places = np.repeat(np.arange(len(rows)), weights)
    chances = None if rows.probabilities is None else rows.probabilities[places]
    repeated = ScoredRows.of(rows.answers[places], rows.truth[places], chances, classes)
    found = METRICS[name].weighted(rows, weights[None, :].astype(float))[0]
    assert found == pytest.approx(METRICS[name].estimate(repeated).value)


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_the_interval_is_near_that_of_drawing_the_rows_again(name, classes):
    rows = rows_of(classes)
    found = METRICS[name].estimate(rows)
    low, high = bca(lambda weights: METRICS[name].weighted(rows, weights), np.ones(len(rows)), draws=1_000)
    width = found.high - found.low
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.25 * width)


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.per_row])
def test_the_mean_of_the_row_scores_is_the_metric(name):
    classes = 3 if METRICS[name].task == "classification" else 0
    rows = rows_of(classes)
    scores = METRICS[name].row_scores(rows.answers, rows.probabilities, rows.truth, classes)
    assert scores.mean() == pytest.approx(METRICS[name].estimate(rows).value)


@pytest.mark.parametrize(("name", "expected"), [("accuracy", [1.0, -1.0]), ("mae", [-1.0, 1.0])])
def test_a_gain_is_above_zero_where_we_are_better(name, expected):
    gains = METRICS[name].gains(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert gains.tolist() == expected


def test_a_metric_that_is_no_mean_of_rows_has_no_row_scores():
    with pytest.raises(InvalidRequest, match=r"r2 has no score a row\. Use one of mae, mse, mape"):
        METRICS["r2"].row_scores([1.0], None, [1.0], 0)


def test_an_unknown_metric_is_refused_with_those_there_are():
    with pytest.raises(InvalidRequest, match=r"no metric 'acuracy'\. Use one of accuracy, log_loss"):
        metric_named("acuracy")


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.needs_probabilities])
def test_probabilities_that_are_not_there_are_asked_for(name):
    with pytest.raises(InvalidRequest, match="needs probabilities"):
        METRICS[name].estimate(ScoredRows.of([0, 1], [0, 1], classes=2))


def test_which_metrics_can_be_compared_row_by_row():
    assert per_row_metrics("classification") == ["accuracy", "log_loss", "brier"]
    assert per_row_metrics("regression") == ["mae", "mse", "mape"]


@pytest.mark.parametrize("name", METRICS)
def test_without_rows_there_is_no_number(name):
    classes = 2 if METRICS[name].task == "classification" else 0
    nothing = ScoredRows.of([], [], np.empty((0, 2)) if classes else None, classes)
    assert METRICS[name].estimate(nothing) is None


@pytest.mark.parametrize("name", ["balanced_accuracy", "precision", "recall", "f1", "roc_auc"])
@pytest.mark.parametrize("classes", [2, 3])
def test_all_right_on_few_rows_is_not_certainty(name, classes):
    truth = np.arange(12) % classes
    found = METRICS[name].estimate(ScoredRows.of(truth, truth, np.eye(classes)[truth], classes))
    assert found.value == found.high == 1.0
    assert found.low < 0.9


def test_one_class_has_no_area():
    assert METRICS["roc_auc"].estimate(ScoredRows.of([1, 1], [1, 1], np.full((2, 2), 0.5), 2)) is None


def test_a_class_that_never_occurs_does_not_count():
    rows = ScoredRows.of([0, 1, 1, 0], [0, 1, 0, 0], classes=5)
    assert METRICS["balanced_accuracy"].estimate(rows).value == pytest.approx((2 / 3 + 1) / 2)
    assert METRICS["recall"].estimate(rows).value == pytest.approx((2 / 3 + 1) / 2)


def test_a_truth_that_does_not_vary_is_not_explained():
    assert METRICS["r2"].estimate(ScoredRows.of([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])) is None


def test_rows_whose_truth_is_zero_have_no_relative_error():
    rows = ScoredRows.of([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    found = METRICS["mape"].estimate(rows)
    assert (found.value, found.rows) == (pytest.approx(0.75), 2)


def test_a_probability_of_zero_costs_much_but_not_infinitely_much():
    scores = METRICS["log_loss"].row_scores([1], [[0.0, 1.0]], [0], 2)
    assert scores[0] == pytest.approx(34.54, abs=0.01)


def test_rows_with_anything_missing_are_left_out():
    rows = ScoredRows.of([0, np.nan, 1, 1], [0, 1, np.nan, 1], [[1, 0], [1, 0], [1, 0], [np.nan, 1]], 2)
    assert len(rows) == 1


@pytest.mark.parametrize(("name", "classes"), [("f1", 2), ("roc_auc", 2), ("accuracy", 3), ("r2", 0)])
def test_the_better_of_two_on_the_same_rows_is_shown_to_be(name, classes):
    if classes:
        ours, theirs = classified(classes, seed=3, skill=0.9), classified(classes, seed=4, skill=0.3)
    else:
        ours = regressed()
        theirs = ScoredRows.of(ours.answers + np.random.default_rng(8).normal(0, 1, 300), ours.truth)
    found = paired_bootstrap(METRICS[name], ours, theirs, draws=500)
    expected = METRICS[name].estimate(ours).value - METRICS[name].estimate(theirs).value
    assert found.value == pytest.approx(expected)
    assert 0 < found.low < found.value < found.high


def test_a_lower_loss_is_better():
    ours, theirs = classified(2, skill=0.9), classified(2, skill=0.3)
    assert paired_bootstrap(METRICS["log_loss"], ours, theirs, draws=200).low > 0


def test_a_model_is_exactly_as_good_as_itself():
    found = paired_bootstrap(METRICS["f1"], classified(3), classified(3), draws=100)
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)


def test_models_on_other_rows_are_not_compared():
    with pytest.raises(InvalidRequest, match="the same rows"):
        paired_bootstrap(METRICS["mae"], regressed(seed=1), regressed(seed=2))
