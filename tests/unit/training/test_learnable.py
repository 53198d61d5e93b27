from datetime import date

import pyarrow as pa
import pytest

from everloop.errors import EverloopError
from everloop.training.learnable import learnable

ROWS = 40
COUNTED = list(range(ROWS))


def table(**columns: object) -> pa.Table:
    return pa.table({"age": COUNTED, **columns})


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["yes", "no"] * 20, "classification"),
        ([f"class {n // 2}" for n in COUNTED], "classification"),  # two rows each
        ([True, None] * 19 + [False, None], "classification"),
        ([n * 0.5 for n in COUNTED], "regression"),
        ([n * 3 for n in COUNTED], "regression"),
    ],
)
def test_what_can_be_learned_is_told(values, task):
    assert learnable(table(y=values), "y") == task


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (table(y=["yes", "no"] * 20).slice(0, 1), "1 of 1 rows have a value"),
        (table(y=["yes", "no"] * 20).slice(0, 19), "Give 20 rows"),
        (table(y=["yes", "no"] * 20).slice(0, 0), "no rows"),
        (table(y=[None] * ROWS), "0 of 40 rows have a value"),
        (table(y=[float("nan")] * ROWS), "0 of 40 rows have a value"),
        (table(y=["yes"] * 39 + [None]), "is yes in every row"),
        (table(y=[2.5] * ROWS), "is 2.5 in every row"),
        (table(y=[1.5, float("inf")] * 20), "infinite"),
        (table(y=[f"c-{n}" for n in COUNTED]), "40 different values in 40 rows: they are no classes"),
        (table(y=["a", "b"] * 9 + [f"c-{n}" for n in range(22)]), "24 different values in 40 rows"),
        (table(y=[n + 100 for n in COUNTED]), "counts the rows, from 100 to 139"),
        (table(y=[date(2026, 1, 1)] * ROWS), "date32"),
        (pa.table({"y": ["yes", "no"] * 20}), "No column is left to learn from"),
        (pa.table({"y": ["yes", "no"] * 20, "id": [f"c-{n}" for n in COUNTED]}), "as an identifier's do"),
        (table(z=["yes", "no"] * 20), "no column 'y'"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_its_reason(rows, told):
    with pytest.raises(EverloopError, match=told):
        learnable(rows, "y")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("churn", "no column 'churn'. Did you mean 'Churn'?"),
        ("CHURN", "Did you mean 'Churn'?"),
        ("Chrun", "Did you mean 'Churn'?"),
        ("x", "It has: age, Churn."),
    ],
)
def test_a_misspelt_target_is_told_the_nearest_column(target, told):
    with pytest.raises(EverloopError) as caught:
        learnable(table(Churn=["yes", "no"] * 20), target)
    assert told in str(caught.value)
