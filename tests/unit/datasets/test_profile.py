import math

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from everloop.datasets.accept import to_arrow
from everloop.datasets.profile import QUANTILES, Frequency, profile
from everloop.datasets.schema import infer_fields


def figures(column):
    table = to_arrow(pd.DataFrame({"c": column}))
    return profile(table, infer_fields(table))[0]


def test_the_figures_of_real_numbers_are_those_of_numpy():
    frame = load_diabetes(as_frame=True, scaled=False).frame
    table = to_arrow(frame)
    for found in profile(table, infer_fields(table)):
        values = frame[found.name].to_numpy()
        assert found.mean == pytest.approx(values.mean())
        assert found.deviation == pytest.approx(values.std(ddof=1))
        assert found.quantiles == pytest.approx(np.quantile(values, QUANTILES))
        assert (found.distinct, found.missing, found.rows) == (len(np.unique(values)), 0, len(values))


def test_missing_cells_are_counted_and_left_out():
    found = figures([1.0, None, 3.0, math.nan])
    assert (found.rows, found.missing, found.distinct, found.mean) == (4, 2, 2, 2.0)
    assert (found.least, found.most) == ("1", "3")


def test_the_most_frequent_texts_come_first_and_ties_by_name():
    found = figures(["b", "a", "c", "c", None, "d", "e", "f"])
    assert found.top == tuple(
        Frequency(value=v, rows=n) for v, n in zip("cabde", (2, 1, 1, 1, 1), strict=True)
    )
    assert found.distinct == 6


def test_truths_have_a_share():
    found = figures([True, False, True, True])
    assert found.mean == 0.75
    assert found.top == (Frequency(value="true", rows=3), Frequency(value="false", rows=1))


def test_times_have_ends():
    found = figures(pd.to_datetime(["2026-03-01 10:00", "2026-01-01 00:00"]))
    assert (found.least, found.most) == ("2026-01-01T00:00:00+00:00", "2026-03-01T10:00:00+00:00")


@pytest.mark.parametrize("column", [[None, None], pd.Series([], dtype=float), pd.Series([], dtype=bool)])
def test_a_column_without_values_has_no_figures(column):
    found = figures(column)
    assert (found.distinct, found.mean, found.quantiles, found.top) == (0, None, (), ())
    assert found.summary() == "no values"


def test_one_number_has_no_deviation():
    assert figures([7]).deviation is None


@pytest.mark.parametrize(
    ("column", "line"),
    [
        ([1, 2, 3, 10], "1 to 10, mean 4, median 2.5"),
        (["a", "a", "a", "b"], "a 75%, b 25%"),
        (["a"] * 6 + list("bcd"), "a 67%, b 11%, c 11%, ..."),
        ([f"id-{n}" for n in range(2000)], "2,000 different, such as id-0"),
        (pd.to_datetime(["2026-03-01"]).date, "2026-03-01 to 2026-03-01"),
    ],
)
def test_a_column_reads_on_one_line(column, line):
    assert figures(column).summary() == line
