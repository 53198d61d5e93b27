"""Verdicts on rollouts whose truth is known because the test made it."""

from dataclasses import replace

from everloop.evidence.replay import replay
from everloop.records.loop import RolloutPlan
from everloop.rollouts.watch import watch

PLAN = RolloutPlan(steps=(0.1, 0.5))


def verdicts(observed, plan=PLAN) -> dict[str, str]:
    return {verdict.name: verdict.verdict for verdict in watch(observed, plan)}


def test_without_answers_everything_is_undecided(rows):
    assert verdicts(rows.observed()) == {
        "quality": "undecided", "errors": "undecided", "latency": "undecided", "shift of answers": "undecided"
    }  # fmt: skip


def test_a_candidate_that_is_better_passes_quality(rows):
    rows.answer("cat", "cat", "cat", times=450).answer("cat", "dog", "dog", times=50)
    quality = watch(rows.observed(), PLAN)[0]
    assert (quality.name, quality.verdict, quality.rows) == ("quality", "pass", 500)
    assert quality.low is not None
    assert quality.low > 0


def test_where_all_rows_were_taught_quality_says_on_which_it_would_show(rows):
    quality = watch(rows.answer("cat", "dog", "dog", times=400, taught=True).observed(), PLAN)[0]
    assert (quality.verdict, quality.rows, quality.more_rows) == ("undecided", 0, None)
    assert quality.reason == (
        "quality: it shows on rows that are new to both versions. Outcomes that do not count: 400 are of rows that "
        "a version was fitted on."
    )


def test_how_many_more_outcomes_it_takes_counts_those_that_will_not_count(rows):
    rows.answer("cat", "dog", "dog", times=3).answer("cat", "cat", "cat", times=97)
    alone = watch(rows.observed(), PLAN)[0].more_rows
    rows.answer("cat", "dog", "dog", times=300, taught=True)
    assert watch(rows.observed(), PLAN)[0].more_rows == 4 * alone


def test_a_candidate_that_is_worse_fails_quality(rows):
    rows.answer("cat", "cat", "cat", times=850).answer("cat", "dog", "cat", times=80)
    assert verdicts(rows.observed())["quality"] == "fail"


def test_a_candidate_that_fails_on_a_tenth_fails_errors_within_its_shadows(rows, chance):
    for _ in range(600):
        rows.answer("cat", None if chance.random() < 0.1 else "cat", by="champion")
    assert verdicts(rows.observed())["errors"] == "fail"


def test_a_slow_candidate_fails_latency(rows, chance):
    for _ in range(2000):
        own = chance.random() < 0.5
        rows.answer(
            "cat", "cat", by="candidate" if own else "champion", share=0.5,
            latency=float(chance.lognormal(1.0, 0.3)) + 500.0 * own,
        )  # fmt: skip
    found = {verdict.name: verdict for verdict in watch(rows.observed(), PLAN)}
    assert found["latency"].verdict == "fail"
    assert found["errors"].verdict != "fail"


def test_a_candidate_that_answers_otherwise_fails_the_shift(rows):
    rows.answer("cat", "cat", times=100).answer("cat", "dog", times=200)
    assert verdicts(rows.observed())["shift of answers"] == "fail"


def test_what_failed_on_an_earlier_day_still_fails(rows):
    for _ in range(300):
        rows.answer("cat", None, by="champion")
    rows.answer("cat", "cat", second=3 * 86400, times=1)
    assert verdicts(rows.observed())["errors"] == "fail"


def test_limits_are_those_of_the_plan(rows):
    rows.answer("cat", "cat", times=100).answer("cat", "dog", times=200)
    lenient = replace(PLAN, shift=0.9)
    assert verdicts(rows.observed(plan=lenient), lenient)["shift of answers"] != "fail"


def test_every_verdict_can_be_come_to_again(rows, chance):
    for _ in range(300):
        answer = str(chance.choice(["cat", "dog"]))
        rows.answer(
            "cat",
            answer,
            "cat",
            by=str(chance.choice(["champion", "candidate"])),
            latency=float(chance.random()),
        )
    for truth in ("fixed", "reaction"):
        for verdict in watch(rows.observed(truth=truth), PLAN):
            assert replay(verdict) == verdict


def test_identical_versions_are_seldom_failed_however_often_one_looks(rows, chance):
    """12 rollouts of 240 rows, looked at 4 times each: at the 1 % that is stated, 3 or more has a chance of 2e-4."""
    failed = 0
    for _ in range(12):
        rows.rows.clear()
        fails = False
        for _ in range(4):
            for _ in range(60):
                truth = str(chance.choice(["cat", "dog"]))
                champion = truth if chance.random() < 0.9 else "cat"
                candidate = truth if chance.random() < 0.9 else "cat"
                by = "candidate" if chance.random() < 0.1 else "champion"
                rows.answer(champion, candidate, truth, by=by, latency=float(chance.lognormal(0, 0.5)))
            fails = fails or "fail" in verdicts(rows.observed()).values()
        failed += fails
    assert failed < 3


def test_a_metric_that_cannot_judge_is_said_and_decides_nothing(rows):
    rows.answer("cat", "dog", "dog", times=500)
    plan = replace(PLAN, metric="f1")
    quality = watch(rows.observed(plan=plan), plan)[0]
    assert (quality.verdict, quality.rows) == ("undecided", 0)
    assert "a mean over rows" in quality.reason
