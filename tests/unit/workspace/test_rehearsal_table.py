import pyarrow as pa
import pytest

from everloop.errors import InvalidRequest
from everloop.workspace.rehearsal_plan import plan_for
from everloop.workspace.rehearsal_table import read_table

ROWS = pa.table(
    {
        "when": ["2026-01-03", "2026-01-01", "2026-01-02", "2026-01-04"],
        "x": [3.0, 1.0, 2.0, 4.0],
        "leak": [1, 2, 3, 4],
        "answer": ["no", "yes", "no", None],
    }
)


def test_rows_are_put_in_order_and_neither_the_time_nor_what_is_dropped_is_an_input():
    past = read_table(ROWS, target="answer", time="when", drop=["leak"])
    assert past.table.to_pydict() == {"x": [1.0, 2.0, 3.0], "answer": ["yes", "no", "no"]}
    assert past.lines() == [
        "classification of 'answer' by 1 columns, in the order of 'when'",
        "1 rows without a value of 'answer' are left out",
        "left out: when, leak",
    ]


def test_without_a_time_rows_stay_as_they_lie_and_a_limit_takes_the_first():
    assert read_table(ROWS, target="answer", limit=2).table["x"].to_pylist() == [3.0, 1.0]


def test_a_number_has_a_spread_and_a_class_has_none():
    assert read_table(pa.table({"y": [0.5, 2.5] * 20}), target="y").spread == pytest.approx(1.0)
    assert read_table(ROWS, target="answer").spread is None


def test_the_loop_acts_by_itself_as_the_plan_says():
    past, plan = read_table(ROWS, target="answer", time="when"), plan_for(2000, margin=0.03)
    loop = past.loop("past", plan, seed=4)
    policy = loop.policy()
    assert policy.mode == "act"
    assert [(gate.kind, gate.margin) for gate in policy.gates] == [
        ("no_worse", 0.03),
        ("beats_baseline", 0.0),
    ]
    assert (policy.rollout.margin, policy.rollout.bake, policy.patience) == (0.03, plan.bake, plan.patience)
    assert [rule.count for rule in loop.rules() if rule.kind == "outcomes"] == [plan.after_outcomes]
    assert loop.target().outcome == "answer"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"target": "anwser"}, "no column 'anwser'"),
        ({"target": "answer", "drop": ["lek"]}, "no column 'lek'"),
        ({"target": "answer", "time": "then"}, "no column 'then'"),
        ({"target": "answer", "drop": ["answer"]}, "is the target"),
    ],
)
def test_a_column_that_is_not_there_is_named(wrong, told):
    with pytest.raises(InvalidRequest, match=told):
        read_table(ROWS, **wrong)
