from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from everloop.monitoring.harm import Meter, as_in_training, harm_of_answers
from everloop.monitoring.reference import cell_column, number_column, reference_of
from everloop.monitoring.window import fold_column


class ByHeight:
    """Answers by the height alone."""

    def predict(self, inputs):
        yes = 1 / (1 + np.exp(-(inputs[:, 0] - 170) / 5))
        return np.stack([1 - yes, yes], axis=1).astype(np.float32)


class Heavy:
    """A number: twice the visits."""

    def predict(self, inputs):
        return (2 * inputs[:, 1]).astype(np.float32)


@pytest.fixture
def reference(chance, people, signature):
    return reference_of(signature, people(chance, 2000))


def _harms(runtime, reference, rows, signature, deviation=0.0):
    meter = Meter(runtime, signature, rows)
    return {c.name: meter.harm(c, deviation) for c in reference.columns}


def test_columns_that_have_not_moved_do_next_to_no_harm(reference, chance, people, signature):
    assert max(_harms(ByHeight(), reference, people(chance, 500), signature).values()) < 0.04


def test_a_column_that_moves_the_answers_does_harm_and_one_that_is_ignored_does_none(
    reference, chance, people, signature
):
    harms = _harms(ByHeight(), reference, people(chance, 500, height=15.0, lima=0.8), signature)
    assert harms["height"] > 0.3
    assert harms["city"] == 0.0


def test_the_harm_is_how_far_the_probabilities_lie_from_those_of_training(
    reference, chance, people, signature
):
    rows = people(chance, 500, height=15.0, missing=0.0)
    heights = np.array(rows["height"])
    back = 1 / (1 + np.exp(-(heights - 15.0 - 170) / 5))
    expected = np.abs(1 / (1 + np.exp(-(heights - 170) / 5)) - back).mean()
    assert _harms(ByHeight(), reference, rows, signature)["height"] == pytest.approx(expected, abs=0.05)


def test_numbers_change_in_standard_deviations_of_the_answers(reference, chance, people, signature):
    numbers = replace(signature, task="regression", classes=())
    rows = people(chance, 500)
    visits = np.array(rows["visits"]) + 1.0
    harms = _harms(Heavy(), reference, rows.set_column(1, "visits", pa.array(visits)), numbers, deviation=8.0)
    assert harms["visits"] == pytest.approx(2.0 / 8.0, abs=0.05)


def test_rows_without_a_needed_value_are_left_out(reference, chance, people, signature):
    rows = people(chance, 40).set_column(1, "visits", pa.nulls(40, pa.float64()))
    assert set(_harms(ByHeight(), reference, rows, signature).values()) == {0.0}


def test_replaced_values_are_distributed_as_in_training(chance):
    reference = number_column("x", pa.chunked_array([chance.normal(0, 1, 3000)]))
    moved = as_in_training(reference, pa.chunked_array([chance.normal(5, 3, 3000)]))
    assert np.mean(moved.to_numpy()) == pytest.approx(0, abs=0.1)
    assert np.std(moved.to_numpy()) == pytest.approx(1, abs=0.1)


def test_as_many_are_missing_as_in_training(chance):
    reference = number_column("x", pa.chunked_array([pa.array([1.0, 2.0, None, 4.0] * 500)]))
    for share in (0.0, 0.1, 0.9, 1.0):
        column = pa.chunked_array([pa.array(np.ones(4000), mask=chance.random(4000) < share)])
        moved = as_in_training(reference, column)
        assert moved.null_count / 4000 == pytest.approx(0.25, abs=0.03)


def test_categories_stay_where_they_may(chance):
    reference = cell_column("c", pa.chunked_array([["a"] * 500 + ["b"] * 500]))
    column = pa.chunked_array([["a"] * 800 + ["b"] * 100 + ["new"] * 100])
    moved = np.array(as_in_training(reference, column).to_pylist())
    assert (moved == "a").mean() == pytest.approx(0.5, abs=0.05)
    assert set(moved[800:900]) == {"b"}
    assert "new" not in set(moved)


def test_answers_that_are_other_classes_do_the_share_that_changed():
    reference = cell_column("answers", pa.chunked_array([["no"] * 80 + ["yes"] * 20]))
    current = fold_column(reference, pa.chunked_array([["no"] * 30 + ["yes"] * 70]))
    assert harm_of_answers(reference, current, 0.0) == pytest.approx(0.5)


def test_answers_that_are_larger_do_the_distance_in_standard_deviations(chance):
    values = chance.normal(0, 2, 4000)
    reference = number_column("answers", pa.chunked_array([values]))
    current = fold_column(reference, pa.chunked_array([values + 1.0]))
    assert harm_of_answers(reference, current, 2.0) == pytest.approx(0.5, abs=0.02)
