"""The truth of rows, as gates read it."""

import numpy as np
import pytest

from everloop.evaluation.case import truth_of


@pytest.mark.parametrize("other", ["n/a", "NaN", "-inf", "1e99"])
def test_a_truth_that_is_no_number_is_nan(case_of_answers, ledger_rows, other):
    case = case_of_answers([1.0, 2.0], [1.0, 2.0], [1.0, 2.0], classes=())
    material = type(case.material)(
        rows=ledger_rows({"number.x": [1.0, 2.0, 3.0]}, ["1.5", other, "true"]),
        traffic=case.material.traffic,
        usable=3,
    )
    classes, truth = truth_of(material, (case.champion,))
    assert classes == ()
    np.testing.assert_array_equal(truth, [1.5, np.nan, 1.0])
