import numpy as np
import pyarrow as pa
import pytest
from scipy import ndimage
from sklearn.datasets import load_digits

from everloop.errors import InvalidRequest
from everloop.replay.distortions.rotation import Rotation


def pictures(values: np.ndarray) -> pa.Table:
    flat = values.reshape(len(values), -1)
    return pa.table({f"p{place:02d}": flat[:, place] for place in range(flat.shape[1])})


def seen(rows: pa.Table, side: int) -> np.ndarray:
    return np.column_stack([column.to_numpy() for column in rows.columns]).reshape(-1, side, side)


def test_a_quarter_turn_is_the_turn_of_an_array(dice):
    digits = load_digits().images[:3]
    turned = seen(Rotation(degrees=90).apply(pictures(digits), dice(3)), 8)
    assert turned == pytest.approx(np.rot90(digits, axes=(1, 2)), abs=1e-9)


def test_a_small_turn_is_that_of_scipy_row_by_row(dice):
    digits = load_digits().images[:2]
    turned = seen(Rotation(degrees=15, fill=1).apply(pictures(digits), dice(2)), 8)
    expected = [ndimage.rotate(digit, 15, reshape=False, order=1, cval=1) for digit in digits]
    assert turned == pytest.approx(np.array(expected))


def test_before_its_first_row_nothing_turns(dice):
    digits = load_digits().images[:2]
    turned = seen(Rotation(degrees=90, start=1).apply(pictures(digits), dice(2)), 8)
    assert np.array_equal(turned[0], digits[0])
    assert not np.array_equal(turned[1], digits[1])


def test_other_columns_stay_and_columns_that_make_no_square_are_refused(dice):
    rows = pictures(np.ones((1, 2, 2))).append_column("name", pa.array(["one"]))
    assert Rotation(degrees=90, columns="p*").apply(rows, dice(1))["name"].to_pylist() == ["one"]
    with pytest.raises(InvalidRequest, match="3 columns make no square picture"):
        Rotation(degrees=90).apply(rows.drop_columns(["p00"]), dice(1))
