import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier

from everloop.training.lightgbm_thresholds import down_to_float32, with_float32_thresholds

INPUTS = st.floats(width=32, allow_nan=False, allow_infinity=False)
THRESHOLDS = st.floats(-1e30, 1e30)


@given(INPUTS, THRESHOLDS)
def test_every_32_bit_input_takes_the_same_branch(value, threshold):
    (rounded,) = down_to_float32(np.array([threshold]))
    assert (value <= threshold) == (value <= rounded)
    assert np.float32(rounded) == rounded


def test_a_threshold_between_two_neighbours_keeps_them_apart():
    low = np.float32(29.35)
    high = np.nextafter(low, np.float32(np.inf))
    middle = (float(low) + float(high)) / 2
    assert np.float32(middle) in (low, high)  # to the nearest, it may be the upper one
    assert down_to_float32(np.array([middle]))[0] == low


def test_the_twin_answers_every_32_bit_row_as_the_model():
    chance = np.random.default_rng(1)
    levels = np.float32(1) + np.arange(300, dtype=np.float32) * np.finfo(np.float32).eps
    rows = chance.choice(levels, (500, 3))  # neighbours: every threshold lies between two of them
    model = LGBMClassifier(n_estimators=5, verbosity=-1, n_jobs=1).fit(rows, chance.integers(0, 2, 500))
    twin = with_float32_thresholds(model)
    np.testing.assert_array_equal(twin.predict_proba(rows), model.predict_proba(rows))
    assert twin.booster_.model_to_string() != model.booster_.model_to_string()
