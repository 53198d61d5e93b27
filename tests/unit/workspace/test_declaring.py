import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression

import everloop as el
from everloop.errors import InvalidName, InvalidRequest, RecipeRefused
from everloop.workspace.declaring import declaration

RECIPE = el.Recipe(LogisticRegression(), target=el.Target("Churn"))


def test_names_that_are_not_given_are_the_loops_own():
    request = declaration(el.Loop("churn", recipe=RECIPE), project=None)
    assert (request.endpoint, request.model, request.dataset) == ("churn", "churn", "churn")
    assert [recipe.name for recipe in request.recipes] == ["churn"]


def test_rivals_are_kept_by_their_names():
    rivals = {"line": RECIPE, "trees": el.Recipe(LGBMClassifier(), target=el.Target("Churn"))}
    request = declaration(el.Loop("churn", recipe=rivals), project=None)
    assert [(r.name, r.recipe.estimator.rpartition(".")[2]) for r in request.recipes] == [
        ("line", "LogisticRegression"),
        ("trees", "LGBMClassifier"),
    ]


def test_what_is_declared_is_what_is_kept():
    loop = el.Loop(
        "churn",
        recipe=RECIPE,
        mode="act",
        gates=[el.NoWorse(margin=0.02), el.LatencyBudget(5)],
        rollout=el.Linear(step=0.25, bake="1m"),
        triggers=[el.AfterOutcomes(50), el.OnDrift(), el.Every("2d")],
        audit=0.01,
    )
    request = declaration(loop, project=None)
    assert [(g.kind, g.margin, g.limit) for g in request.policy.gates] == [
        ("no_worse", 0.02, None),
        ("latency", 0.0, 5.0),
    ]
    assert (request.policy.mode, request.policy.rollout.steps) == ("act", (0.25, 0.5, 0.75))
    assert [t.kind for t in request.triggers] == ["outcomes", "drift", "schedule"]
    assert request.audit_share == 0.01


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            lambda: {"recipe": LGBMClassifier()},
            "recipe 'churn' is a LGBMClassifier, not an el.Recipe. Write el.Recipe(",
        ),
        (lambda: {"recipe": LGBMClassifier}, "is a LGBMClassifier, not an el.Recipe"),
        (lambda: {"recipe": {"a": RECIPE, "b": "trees"}}, "recipe 'b' is a str, not an el.Recipe"),
        (lambda: {"recipe": {}}, "has no recipe"),
        (
            lambda: {"recipe": {"a": RECIPE, "b": el.Recipe(LGBMClassifier(), target="Left")}},
            "one and the same target",
        ),
        (lambda: {"mode": "auto"}, "mode='auto': it is `observe`, `propose` or `act`"),
        (lambda: {"gates": el.NoWorse()}, "`gates` is a list. Write gates=[el.NoWorse()]"),
        (lambda: {"gates": ["accuracy"]}, "`gates` cannot hold 'accuracy'"),
        (lambda: {"gates": [el.NoWorse]}, "`gates` cannot hold NoWorse without its parentheses"),
        (lambda: {"gates": [el.NoWorse(margin=-1)]}, "margin=-1: it is a number above 0"),
        (
            lambda: {"gates": [el.NoWorseSlices(by="gender")]},
            '`by` is a list of columns. Write by=["gender"]',
        ),
        (lambda: {"rollout": "canary"}, "`rollout` cannot hold 'canary'. Write rollout=el.Canary("),
        (lambda: {"rollout": el.Canary}, "`rollout` cannot hold Canary without its parentheses"),
        (lambda: {"rollout": el.Canary(steps=(0.5, 0.1))}, "rising shares of the traffic"),
        (lambda: {"rollout": el.Canary(bake="8d")}, "does not fit into max_wait"),
        (lambda: {"triggers": "1d"}, "`triggers` is a list"),
        (lambda: {"triggers": [el.OnDrift]}, "`triggers` cannot hold OnDrift without its parentheses"),
        (lambda: {"triggers": [el.Every("often")]}, "'often' is not a length of time. Write 10m, 24h or 7d."),
        (lambda: {"cool_down": "soon"}, "'soon' is not a length of time"),
        (lambda: {"evaluation_share": 1.5}, "evaluation_share=1.5: it is from 0.05 to 0.9"),
        (lambda: {"window": 0}, "window=0: it is a number of rows"),
        (lambda: {"audit": 2}, "audit=2: it is a share from 0 to 1"),
    ],
)
def test_what_cannot_be_declared_is_said_in_one_line_with_the_remedy(changed, said):
    with pytest.raises(InvalidRequest) as caught:
        declaration(el.Loop("churn", **{"recipe": RECIPE, **changed()}), project=None)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_something_else_than_a_loop_is_named():
    with pytest.raises(InvalidRequest, match=r"A Recipe is no loop\. Write el\.Loop"):
        declaration(RECIPE, project=None)


def test_a_name_that_could_be_no_id_is_refused():
    with pytest.raises(InvalidName, match="cannot be a loop"):
        declaration(el.Loop("../churn", recipe=RECIPE), project=None)


def test_a_recipe_that_cannot_be_trained_is_refused_before_anything_is_kept():
    with pytest.raises(RecipeRefused, match="the recipe's task is regression"):
        declaration(
            el.Loop("churn", recipe=el.Recipe(LogisticRegression(), target="Churn", task="regression")),
            project=None,
        )
