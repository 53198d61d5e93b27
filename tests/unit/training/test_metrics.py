from math import log, sqrt

import numpy as np
import pytest

from everloop.training.labels import Labels
from everloop.training.metrics import score


def classified(values, rows, output):
    labels = Labels(np.array(values), tuple(sorted(set(values))))
    return score(labels, np.array(rows), np.array(output, dtype=np.float32))


def test_two_classes_by_hand():
    found = classified([0, 0, 1, 1], [0, 1, 2, 3], [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]])
    assert found["accuracy"] == 0.5
    assert found["balanced_accuracy"] == 0.5
    assert found["f1_macro"] == 0.5
    assert found["log_loss"] == pytest.approx(-(log(0.9) + log(0.4) + log(0.8) + log(0.3)) / 4, rel=1e-6)
    assert found["roc_auc"] == 0.75  # of four pairs, only (0.6, 0.3) is the wrong way round


def test_only_the_scored_rows_count():
    output = [[0.1, 0.9]]
    assert classified([0, 0, 0, 1], [3], output)["accuracy"] == 1.0


def test_a_class_that_no_scored_row_has_leaves_out_what_it_would_define():
    found = classified([0, 0, 1], [0, 1], [[0.9, 0.1], [0.8, 0.2]])
    assert "roc_auc" not in found
    assert found["log_loss"] == pytest.approx(-(log(0.9) + log(0.8)) / 2, rel=1e-6)


def test_texts_are_classes_in_their_order_and_many_have_no_roc_auc():
    found = classified(["c", "a", "b"], [0, 1, 2], [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert found["accuracy"] == 1.0
    assert "roc_auc" not in found


def test_probabilities_that_rounding_took_over_1_are_taken():
    assert classified([0, 1], [0, 1], [[1.0000001, 0.0], [0.0, 1.0000001]])["accuracy"] == 1.0


def test_a_regression_by_hand():
    found = score(Labels(np.array([1.0, 2.0, 3.0]), ()), np.arange(3), np.array([1, 2, 5], dtype=np.float32))
    assert found == {
        "mae": pytest.approx(2 / 3),
        "rmse": pytest.approx(sqrt(4 / 3)),
        "r2": pytest.approx(1 - 4 / 2),
    }


def test_one_row_has_no_r2():
    assert "r2" not in score(Labels(np.array([1.0, 2.0]), ()), np.array([1]), np.array([2], dtype=np.float32))
