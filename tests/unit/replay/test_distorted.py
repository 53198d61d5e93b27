import numpy as np
import pyarrow as pa

import everloop as el
from everloop.replay.distorted import Distortions

ROWS = pa.table({"a": [1.0, 2.0, 3.0, 4.0]})


def test_they_are_applied_in_the_order_in_which_they_are_given():
    shift, contrast = el.Shift(by=1), el.Contrast(factor=10)
    assert Distortions(given=(shift, contrast)).rows(ROWS, 0)["a"].to_pylist() == [20, 30, 40, 50]
    assert Distortions(given=(contrast, shift)).rows(ROWS, 0)["a"].to_pylist() == [11, 21, 31, 41]


def test_rows_and_delays_are_the_same_in_one_piece_and_in_several():
    every = Distortions(
        seed=3,
        given=(el.Shift(by=1, spread=0.5, start=1), el.Missing(share=0.5), el.DroppedOutcomes(share=0.5)),
    )
    parts = pa.concat_tables([every.rows(ROWS.slice(0, 3), 0), every.rows(ROWS.slice(3), 3)])
    assert every.rows(ROWS, 0).to_pydict() == parts.to_pydict()
    whole = every.delays(1.0, 0, 4)
    assert np.array_equal(whole, np.append(every.delays(1.0, 0, 3), every.delays(1.0, 3, 1)), equal_nan=True)


def test_two_distortions_of_one_kind_have_chances_of_their_own():
    rows = pa.table({"a": [0.0] * 100})
    once = Distortions(given=(el.Missing(share=0.5),)).rows(rows, 0)["a"].null_count
    twice = Distortions(given=(el.Missing(share=0.5), el.Missing(share=0.5))).rows(rows, 0)["a"].null_count
    assert twice > once


def test_without_any_a_row_is_as_it_was_and_its_outcome_on_time():
    assert Distortions().rows(ROWS, 0) == ROWS
    assert Distortions().delays(60.0, 0, 2).tolist() == [60.0, 60.0]
