import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, f1_score, log_loss, mean_squared_error, roc_auc_score

from everloop.errors import InvalidRequest
from everloop.evaluation.compare import Comparison
from everloop.evidence.replay import replay


def compared(case, metric, **fields):
    ours, theirs = case.answers(case.candidate), case.answers(case.champion)
    return Comparison(case=case, metric=metric, ours=ours, theirs=theirs, against="the champion", **fields)


@pytest.fixture
def chances():
    """Truths, and two models' probabilities for them, of which the first is better."""
    chance = np.random.default_rng(4)
    truth = (chance.random(600) < 0.4).astype(int)

    def model(noise):
        yes = 1 / (1 + np.exp(-(4 * (truth - 0.5) + chance.normal(scale=noise, size=600))))
        return np.column_stack([1 - yes, yes])

    return truth, model(2.0), model(4.0)


ORACLES = {
    "accuracy": lambda t, p: np.mean(p.argmax(axis=1) == t),
    "log_loss": lambda t, p: -log_loss(t, p),
    "brier": lambda t, p: -brier_score_loss(t, p[:, 1]),
    "f1": lambda t, p: f1_score(t, p.argmax(axis=1)),
    "roc_auc": lambda t, p: roc_auc_score(t, p[:, 1]),
}


@pytest.mark.parametrize("metric", ORACLES)
def test_the_gain_is_the_difference_of_two_scores_with_more_for_better(case_of_answers, chances, metric):
    truth, ours, theirs = chances
    case = case_of_answers(ours, theirs, truth)
    expected = ORACLES[metric](truth, ours) - ORACLES[metric](truth, theirs)
    assert compared(case, metric).gain() == pytest.approx(expected, abs=1e-6)
    assert expected > 0


@pytest.mark.parametrize("metric", ORACLES)
def test_a_verdict_can_be_come_to_again(case_of_answers, chances, metric):
    truth, ours, theirs = chances
    comparison = compared(case_of_answers(ours, theirs, truth), metric)
    for verdict in (comparison.no_worse(0.01), comparison.better()):
        assert replay(verdict) == verdict


@pytest.mark.parametrize("metric", ORACLES)
def test_the_better_model_passes_and_the_worse_one_fails(case_of_answers, chances, metric):
    truth, ours, theirs = chances
    assert compared(case_of_answers(ours, theirs, truth), metric).better().verdict == "pass"
    turned = compared(case_of_answers(theirs, ours, truth), metric)
    assert turned.better().verdict == turned.no_worse(0.01).verdict == "fail"


def test_numbers_are_compared_by_their_errors(case_of_answers):
    truth = np.arange(300.0)
    case = case_of_answers(truth + 1.0, truth - 3.0, truth, classes=())
    assert compared(case, "mae").gain() == pytest.approx(2.0)
    assert compared(case, "mse").gain() == pytest.approx(
        mean_squared_error(truth, truth - 3) - mean_squared_error(truth, truth + 1)
    )
    assert compared(case, "rmse").gain() == pytest.approx(2.0)
    assert compared(case, "mae").no_worse(0.1).verdict == "pass"


def test_rows_on_which_a_metric_is_not_defined_do_not_count(case_of_answers):
    truth = np.array([0.0, 2.0, 4.0])
    verdict = compared(case_of_answers(truth + 1, truth, truth, classes=()), "mape").no_worse(0.1)
    assert verdict.rows == 2
    assert verdict.value == pytest.approx(-(0.5 + 0.25) / 2)


def test_a_row_without_an_answer_is_a_wrong_class(case_of_answers):
    ours = np.array([[0.1, 0.9], [np.nan, np.nan]])
    case = case_of_answers(ours, np.array([[0.1, 0.9], [0.1, 0.9]]), [1, 1])
    assert compared(case, "accuracy").gain() == -0.5
    assert compared(case, "f1").gain() == pytest.approx(2 / 3 - 1)


def test_a_row_without_an_answer_costs_as_much_as_the_worst_row_of_either(case_of_answers):
    ours, theirs = np.array([1.0, np.nan, 3.0]), np.array([1.0, 2.0, -4.0])
    case = case_of_answers(ours, theirs, [1.0, 2.0, 3.0], classes=())
    assert compared(case, "mae").gain() == pytest.approx((0 - 7 + 7) / 3)


def test_of_some_rows_only_those_are_compared(case_of_answers):
    ours, theirs = np.eye(2)[[1, 1, 0, 0]], np.eye(2)[[0, 1, 0, 1]]
    case = case_of_answers(ours, theirs, [1, 1, 1, 1])
    assert compared(case, "accuracy", rows=np.array([True, True, False, False])).gain() == 0.5
    assert compared(case, "accuracy", rows=np.zeros(4, bool)).no_worse(0.01).verdict == "undecided"


def test_rivals_share_the_error_rates_and_parts_share_that_of_a_wrong_fail(case_of_answers, chances):
    truth, ours, theirs = chances
    verdict = compared(case_of_answers(ours, theirs, truth, rivals=4), "accuracy", parts=5).no_worse(0.01)
    assert verdict.inputs["policy.alpha"] == pytest.approx(0.05 / 4)
    assert verdict.inputs["policy.alpha_fail"] == pytest.approx(0.005 / 20)


def test_a_metric_of_all_rows_is_looked_at_as_they_double_and_says_the_same_between(case_of_answers, chances):
    truth, ours, theirs = chances

    def at(count):
        return compared(case_of_answers(ours[:count], theirs[:count], truth[:count]), "f1").no_worse(0.001)

    assert at(63).value is None
    assert (at(63).verdict, at(63).more_rows) == ("undecided", 1)
    assert at(64).value == at(100).value == at(127).value
    assert at(128).rows == 128


def test_who_gave_no_probabilities_cannot_be_compared_by_them(case_of_answers):
    case = case_of_answers(np.eye(2), np.eye(2), [0, 1])
    plain = case.answers(case.champion)
    plain = type(plain)(values=plain.values, given=plain.given)
    comparison = Comparison(case=case, metric="log_loss", ours=plain, theirs=plain, against="people")
    with pytest.raises(InvalidRequest, match="probabilities"):
        comparison.better()
