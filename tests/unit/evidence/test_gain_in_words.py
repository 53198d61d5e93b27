import pytest

from everloop.evidence.gain_in_words import gain_in_words


@pytest.mark.parametrize(
    ("metric", "value", "low", "high", "words"),
    [
        ("accuracy", 0.176, 0.098, 0.241, "+17.6 points [+9.8, +24.1]"),
        ("accuracy", -0.0004, -0.008, 0.007, "+0.0 points [-0.8, +0.7]"),
        ("roc_auc", 0.02, -0.01, 0.05, "+0.02 [-0.01, +0.05]"),
        ("mae", 4.48, 2.1, 6.8, "smaller by 4.48 [2.1, 6.8]"),
        ("mae", -1.5, -4.0, 1.0, "larger by 1.5 [-1, 4]"),
        ("mae", 0.5, None, None, "smaller by 0.5 [, ]"),
    ],
)
def test_a_gain_is_told_in_the_direction_of_its_metric(metric, value, low, high, words):
    assert gain_in_words(metric, value, low, high) == words
