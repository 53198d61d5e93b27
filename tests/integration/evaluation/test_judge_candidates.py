"""Real models before their gates: fitted, served, captured, joined, scored through their bundles."""

import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier

from everloop.errors import InvalidRequest
from everloop.evidence.replay import replay
from everloop.records.loop import GateRule
from everloop.records.target import TargetRule

DIGITS, DIABETES = load_digits(), load_diabetes()
NO_WORSE, BEATS = GateRule(kind="no_worse", margin=0.01), GateRule(kind="beats_baseline")
GOOD, POOR = LogisticRegression(max_iter=100), DecisionTreeClassifier(max_depth=6, random_state=0)


@pytest.fixture
def chance():
    return np.random.default_rng(0)


@pytest.fixture
def digits(rows_of, chance):
    """So many digits, each drawn a little otherwise than all others."""
    return lambda count: rows_of(DIGITS, chance.integers(0, 1797, count), rng=chance)


def test_a_better_model_passes_every_gate(world, digits):
    world.learn(POOR, digits(500))
    better = world.learn(GOOD, digits(800))
    world.serve(digits(300))
    found = world.judge(better, gates=(NO_WORSE, BEATS))
    assert (found.winner, found.undecided, found.rows) == (better, False, 300)
    assert {v.verdict for v in found.judged[0].verdicts} == {"pass"}
    assert world.usable(better) == 300
    better_by = [float(value) for value in re.findall(r"(\d+\.\d) %", found.reason)]
    assert len(better_by) == 2
    assert better_by[0] < better_by[1]  # from the champion to the candidate
    assert " % on 300 answers served after both were trained, " in found.reason
    assert " points [" in found.reason


def test_a_worse_model_is_refused(world, digits):
    world.learn(GOOD, digits(800))
    worse = world.learn(POOR, digits(500))
    world.serve(digits(300))
    found = world.judge(worse, gates=(NO_WORSE, BEATS))
    assert (found.winner, found.undecided) == (None, False)
    assert "is worse than the champion m@1" in found.reason


def test_no_rows_is_never_a_pass(world, digits):
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(300))
    found = world.judge(better, gates=(NO_WORSE,))
    assert (found.winner, found.undecided, found.rows) == (None, True, 0)


def test_rows_from_before_the_end_of_a_training_window_do_not_count(world, digits):
    world.learn(POOR, digits(300))
    world.serve(digits(200))
    better = world.learn(GOOD, digits(300))
    assert world.judge(better, gates=(NO_WORSE,)).rows == world.usable(better) == 0
    world.serve(digits(50))
    assert world.judge(better, gates=(NO_WORSE,)).rows == world.usable(better) == 50


def test_tables_that_were_said_to_reach_no_farther_than_year_one_let_every_answer_count(world, digits):
    """No append takes such a moment any more, but a version may have kept one."""
    first = datetime.min.replace(tzinfo=UTC)
    world.learn(POOR, digits(300), until=first)
    better = world.learn(GOOD, digits(300), until=first)
    assert world.judge(better, gates=(NO_WORSE,)).rows == 0
    world.serve(digits(40))
    assert world.judge(better, gates=(NO_WORSE,)).rows == world.usable(better) == 40


def test_rows_whose_truth_is_not_known_yet_do_not_count(world, digits):
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(300))
    world.serve(digits(40))
    world.serve(digits(60), truth=False)
    assert world.judge(better, gates=(NO_WORSE,)).rows == world.usable(better) == 40


def test_verdicts_can_be_come_to_again_and_say_the_same_a_second_time(world, digits):
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(300))
    world.serve(digits(150))
    rules = (
        NO_WORSE,
        BEATS,
        GateRule(kind="no_worse", metric="f1", margin=0.05),
        GateRule(kind="size", limit=1e6),
    )
    first, second = world.judge(better, gates=rules), world.judge(better, gates=rules)
    assert first == second
    assert [replay(v) for v in first.judged[0].verdicts] == list(first.judged[0].verdicts)


def test_of_rivals_the_best_that_passes_wins_and_they_share_the_error(world, digits):
    world.learn(POOR, digits(300))
    fair = world.learn(DecisionTreeClassifier(max_depth=9, random_state=0), digits(900))
    good = world.learn(GOOD, digits(900))
    world.serve(digits(400))
    found = world.judge(fair, good, gates=(NO_WORSE,))
    assert found.winner == good
    alphas = [v.inputs["policy.alpha"] for j in found.judged for v in j.verdicts if v.gate == "E101"]
    assert alphas == [0.025, 0.025]


def test_the_champions_own_bundle_again_is_nothing_new(world, digits):
    rows = digits(200)
    world.learn(GOOD, rows)
    again = world.learn(GOOD, rows)
    found = world.judge(again, gates=(NO_WORSE,))
    assert "m@2: novelty: nothing changed: m@2 is the very bundle of champion m@1." in found.reason


def test_the_anchor_is_compared_though_the_champion_is_no_better_than_the_candidate(world, digits):
    anchor = world.learn(GOOD, digits(900))
    slipped = world.learn(DecisionTreeClassifier(max_depth=8, random_state=0), digits(700))
    world.promote(slipped)
    candidate = world.learn(DecisionTreeClassifier(max_depth=8, random_state=1), digits(900))
    world.serve(digits(500))
    found = world.judge(candidate, gates=(GateRule(kind="no_worse", margin=0.05),), anchor=anchor)
    verdicts = [v.verdict for v in found.judged[0].verdicts if v.gate == "E101"]
    assert verdicts[1] == "fail"
    assert "the anchor m@1" in found.reason


def test_numbers_are_judged_against_mean_median_and_the_value_before(world, rows_of, chance):
    some = lambda count: rows_of(DIABETES, chance.integers(0, 442, count), rng=chance)  # noqa: E731
    world.learn(LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1), some(300))
    better = world.learn(LinearRegression(), some(400), order_by="#")
    world.serve(some(400))
    found = world.judge(better, gates=(GateRule(kind="no_worse", margin=5.0), BEATS))
    assert found.winner == better
    against = [v.inputs["against"] for v in found.judged[0].verdicts if v.gate == "E102"]
    assert [a.split(",")[0] for a in against] == [
        "saying the mean",
        "saying the median",
        "saying the value before",
    ]


def test_people_are_compared_by_an_input_that_no_model_reads(world, digits):
    def decided(rows):  # they are right on three of four
        truth = rows["y"].to_numpy()
        wrong = np.arange(len(truth)) % 4 == 0
        return rows.append_column(
            "clerk", pa.array([str(v) for v in np.where(wrong, (truth + 1) % 10, truth)])
        )

    world.learn(POOR, decided(digits(300)), exclude=("clerk",))
    better = world.learn(GOOD, decided(digits(500)), exclude=("clerk",))
    world.serve(decided(digits(300)))
    found = world.judge(better, gates=(GateRule(kind="beats_decisions", columns=("clerk",)),))
    assert found.winner == better
    verdict = next(v for v in found.judged[0].verdicts if v.gate == "E103")
    assert (verdict.rows, verdict.verdict) == (300, "pass")


def test_a_truth_that_reacts_is_left_to_the_rollout_but_baselines_and_budgets_count(world_of, digits):
    world = world_of(TargetRule(outcome="y", truth="reaction"))
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(500))
    world.serve(digits(200))
    found = world.judge(better, gates=(NO_WORSE, BEATS, GateRule(kind="size", limit=1e6)))
    assert found.winner == better
    said = {v.gate: (v.verdict, v.needed) for v in found.judged[0].verdicts}
    assert said["E101"] == ("undecided", False)
    assert said["E102"] == said["E106"] == ("pass", True)


def test_a_budget_that_is_too_small_refuses_and_says_by_how_much(world, digits):
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(300))
    found = world.judge(better, gates=(GateRule(kind="size", limit=100.0),))
    assert found.winner is None
    assert "100 are allowed" in found.reason


def test_a_metric_that_does_not_fit_the_task_is_refused_with_those_that_do(world, digits):
    world.learn(POOR, digits(300))
    better = world.learn(GOOD, digits(300))
    with pytest.raises(InvalidRequest, match="Use one of accuracy"):
        world.judge(better, gates=(GateRule(kind="no_worse", metric="mae", margin=1.0),))


def test_without_candidates_there_is_no_winner(world, digits):
    world.learn(POOR, digits(300))
    found = world.judge(gates=(NO_WORSE,))
    assert (found.winner, found.undecided, found.reason) == (None, False, "there is no candidate")


@pytest.fixture
def people(chance):
    """Rows with numbers, texts and booleans, of which some are missing."""

    def make(count, *, new_colour=False):
        size, colour = chance.normal(size=count), chance.choice(["red", "blue", "green"], count)
        member = chance.random(count) < 0.5
        truth = np.where((size > 0) ^ (colour == "red"), "yes", "no")
        texts = [None if chance.random() < 0.1 else c for c in colour]
        if new_colour:
            texts[::7] = ["violet"] * len(texts[::7])
        return pa.table(
            {
                "size": pa.array([None if chance.random() < 0.1 else s for s in size], pa.float64()),
                "colour": pa.array(texts, pa.string()),
                "member": pa.array([None if chance.random() < 0.1 else bool(m) for m in member], pa.bool_()),
                "note": pa.array([f"note {i}" for i in range(count)]),
                "y": truth.tolist(),
            }
        )

    return make


def test_texts_booleans_and_gaps_reach_every_model_as_they_were_sent(world, people):
    trees = LGBMClassifier(n_estimators=30, num_leaves=7, n_jobs=1, verbose=-1)
    as_texts = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), ["colour"]), remainder="passthrough"
        ),
        HistGradientBoostingClassifier(max_iter=20),
    )
    champion = world.learn(trees, people(400))
    candidate = world.learn(as_texts, people(600), features=("colour", "size"))
    world.serve(people(300, new_colour=True))
    found = world.judge(candidate, gates=(GateRule(kind="no_worse", margin=0.2),))
    assert found.winner == candidate
    own = world.outputs_again(champion)
    assert (own["given"] == own["captured"]).all()
