"""The digits of the demo: each of them once."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from everloop.replay.distorted import Distortions
from everloop.workspace.demo.digits import FIRST, PIXELS, REPLACED, TARGET, USUAL, first_scans, stream


def pixels(table):
    return np.column_stack([table[name].to_numpy() for name in PIXELS])


@pytest.mark.parametrize("seed", [7, 8])
def test_the_first_three_hundred_and_the_stream_are_all_digits_each_once(seed):
    found = load_digits()
    streamed = pixels(stream(seed))
    both = np.vstack([found.data[:FIRST], streamed])
    assert sorted(map(bytes, both)) == sorted(map(bytes, found.data))


def test_every_digit_of_the_stream_keeps_its_own_truth():
    found = load_digits()
    truth = {bytes(row): label for row, label in zip(found.data, found.target, strict=True)}
    table = stream(7)
    assert [truth[bytes(row)] for row in pixels(table)] == table[TARGET].to_pylist()


def test_the_first_are_scanned_and_keep_their_order():
    table = first_scans(7)
    assert table[TARGET].to_pylist() == load_digits().target[:FIRST].tolist()
    assert not np.array_equal(pixels(table), load_digits().data[:FIRST])


def test_the_same_seed_tells_the_same_stream_and_another_one_another():
    assert stream(7).equals(stream(7))
    assert first_scans(7).equals(first_scans(7))
    assert not stream(7).equals(stream(8))
    assert not first_scans(7).equals(first_scans(8))


def test_a_scan_is_a_picture_of_the_same_range():
    rows = stream(7).slice(0, 40).drop_columns([TARGET])
    for scanner in (USUAL, REPLACED):
        scans = pixels(Distortions(seed=7, given=scanner.scans()).rows(rows, 0))
        assert scans.min() >= 0
        assert scans.max() <= 16
        assert np.isfinite(scans).all()


def test_the_new_scanner_is_fainter():
    rows = stream(7).slice(0, 40).drop_columns([TARGET])
    usual, replaced = (pixels(Distortions(seed=7, given=s.scans()).rows(rows, 0)) for s in (USUAL, REPLACED))
    assert replaced.max(axis=1).mean() < 0.6 * usual.max(axis=1).mean()
