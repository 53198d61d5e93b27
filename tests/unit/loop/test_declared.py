from datetime import timedelta

import pytest
from sklearn.linear_model import LogisticRegression, Ridge

import everloop as el
from everloop.errors import InvalidName, InvalidRequest
from everloop.records.target import TargetRule

RECIPE = el.Recipe(LogisticRegression(), target=el.Target("kind"))


def test_endpoint_model_and_dataset_have_the_loops_name_unless_they_are_given():
    names = el.Loop("churn", recipe=RECIPE, data="customers").names()
    assert names == {"name": "churn", "endpoint": "churn", "model": "churn", "dataset": "customers"}


def test_a_lone_recipe_has_the_loops_name_and_rivals_have_their_own():
    assert list(el.Loop("churn", recipe=RECIPE).recipes()) == ["churn"]
    rivals = {"plain": RECIPE, "strong": el.Recipe(LogisticRegression(C=9), target=el.Target("kind"))}
    assert list(el.Loop("churn", recipe=rivals).recipes()) == ["plain", "strong"]


def test_all_recipes_learn_one_target():
    assert el.Loop("churn", recipe=RECIPE).target() == TargetRule(outcome="kind")
    rivals = {"kind": RECIPE, "size": el.Recipe(Ridge(), target=el.Target("size"))}
    with pytest.raises(InvalidRequest, match="learn one and the same target"):
        el.Loop("churn", recipe=rivals).target()


def test_what_was_declared_is_what_decides():
    policy = el.Loop(
        "churn",
        recipe=RECIPE,
        mode="act",
        gates=[el.NoWorse("f1", margin=0.02), el.BeatsBaseline()],
        rollout=el.AllAtOnce(bake="1h"),
        cool_down="2h",
        patience=timedelta(days=3),
        evaluation_share=0.4,
        window=5000,
    ).policy()
    assert (policy.mode, policy.evaluation_share, policy.window) == ("act", 0.4, 5000)
    assert [gate.kind for gate in policy.gates] == ["no_worse", "beats_baseline"]
    assert (policy.rollout.steps, policy.rollout.bake) == ((1.0,), timedelta(hours=1))
    assert (policy.cool_down, policy.patience) == (timedelta(hours=2), timedelta(days=3))


def test_a_loop_proposes_and_compares_with_the_champion_unless_told_otherwise():
    policy = el.Loop("churn", recipe=RECIPE).policy()
    assert (policy.mode, [gate.kind for gate in policy.gates]) == ("propose", ["no_worse"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "do"},
        {"evaluation_share": 0.0},
        {"evaluation_share": 0.95},
        {"audit": 1.1},
        {"audit": float("nan")},
        {"window": 0},
        {"cool_down": "later"},
        {"patience": "1 day"},
        {"patience": timedelta(hours=-1)},
        {"gates": el.NoWorse()},
        {"gates": [el.NoWorse]},
        {"rollout": el.Canary},
    ],
    ids=str,
)
def test_what_cannot_decide_is_refused_as_it_is_made(wrong):
    with pytest.raises(InvalidRequest):
        el.Loop("churn", recipe=RECIPE, **wrong)


def test_a_name_that_could_not_be_a_file_is_refused():
    with pytest.raises(InvalidName):
        el.Loop("../churn", recipe=RECIPE)
