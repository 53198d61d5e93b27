import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.evidence.replay import replay
from everloop.monitoring.drift import drift
from everloop.monitoring.judge import Rules, judge, strength
from everloop.monitoring.reference import reference_of
from everloop.monitoring.window import fold


def _found(rules, reference, rows, look=3, answers=None):
    window = fold(reference, rows, answers)
    return {(m.monitor, m.subject): m.verdict for m in judge(rules, reference, window, window, look)}


@pytest.fixture
def reference(chance, people, signature):
    return reference_of(signature, people(chance, 1500), ["no"] * 800 + ["yes"] * 200)


def test_an_unchanged_world_fails_nothing(rules, reference, chance, people):
    found = _found(rules, reference, people(chance, 150))
    assert "fail" not in {v.verdict for v in found.values()}


@pytest.mark.parametrize(
    ("moved", "subject"),
    [
        ({"height": 10.0}, ("drift", "height")),
        ({"lima": 0.7}, ("drift", "city")),
        ({"missing": 0.4}, ("data", "height")),
    ],
)
def test_the_column_that_has_moved_fails_and_no_other(rules, reference, chance, moved, subject, people):
    found = _found(rules, reference, people(chance, 150, **moved))
    assert {name for name, v in found.items() if v.verdict == "fail"} == {subject}


def test_what_differs_most_comes_first(rules, reference, chance, people):
    window = fold(reference, people(chance, 150, height=15.0, lima=0.5), None)
    verdicts = [m.verdict for m in judge(rules, reference, window, window, 1)]
    strengths = [strength(v) for v in verdicts]
    assert strengths == sorted(strengths, reverse=True)


def test_a_tiny_shift_in_a_hundred_thousand_rows_is_sure_but_no_alert(
    rules, reference, chance, people, signature
):
    large = reference_of(signature, people(chance, 100_000))
    rows = people(chance, 100_000, height=0.4)
    column = fold(large, rows, None).columns[0]
    assert drift(large.columns[0], column).p_value < 1e-6
    assert _found(rules, large, rows)["drift", "height"].verdict == "pass"


def test_answers_that_move_fail(rules, reference, chance, people):
    rows = people(chance, 150)
    found = _found(rules, reference, rows, answers=pa.array(["yes"] * 100 + ["no"] * 50))
    assert found["drift", "answers"].verdict == "fail"


def test_a_category_that_was_never_seen_fails(rules, reference, chance, people):
    rows = people(chance, 150)
    cities = np.array(rows["city"].to_pylist(), dtype=object)
    cities[:30] = "Atlantis"
    verdict = _found(rules, reference, rows.set_column(3, "city", pa.array(cities)))["data", "city"]
    assert verdict.verdict == "fail"
    assert verdict.name == "unknown share of city"
    assert verdict.value == pytest.approx(0.2)


def test_values_out_of_range_fail(rules, reference, chance, people):
    rows = people(chance, 150)
    visits = np.array(rows["visits"].to_pylist())
    visits[:20] = 99.0
    verdict = _found(rules, reference, rows.set_column(1, "visits", pa.array(visits)))["data", "visits"]
    assert (verdict.verdict, verdict.name) == ("fail", "out of range share of visits")


def test_a_column_that_is_all_missing_is_undecided_in_drift_and_fails_in_data(
    rules, reference, chance, people
):
    rows = people(chance, 150, missing=1.0)
    found = _found(rules, reference, rows)
    assert found["drift", "height"].verdict == "undecided"
    assert found["data", "height"].verdict == "fail"


def test_a_column_without_values_in_training_is_never_a_pass_of_drift(rules, chance, people, signature):
    empty = reference_of(signature, people(chance, 300, missing=1.0))
    found = _found(rules, empty, people(chance, 150, missing=0.0))
    assert found["drift", "height"].verdict == "undecided"
    assert found["data", "height"].verdict == "fail"  # it was missing always, now never


@pytest.mark.parametrize("values", [[5.0] * 150, [5.0] * 140 + [None] * 10])
def test_a_constant_column_that_stays_so_passes_and_one_that_moves_fails(
    rules, chance, values, people, signature
):
    rows = people(chance, 400)
    constant = reference_of(signature, rows.set_column(1, "visits", pa.array([5.0] * 400)))
    same = people(chance, 150).set_column(1, "visits", pa.array(values))
    other = people(chance, 150).set_column(1, "visits", pa.array([5.5] * 150))
    assert _found(rules, constant, same)["drift", "visits"].verdict == "pass"
    assert _found(rules, constant, other)["drift", "visits"].verdict == "fail"


def test_an_empty_window_decides_nothing(rules, reference, chance, people):
    found = _found(rules, reference, people(chance, 0))
    assert {v.verdict for v in found.values()} == {"undecided"}


def test_a_drift_that_is_too_small_for_a_window_is_seen_over_a_stretch(rules, reference, chance, people):
    window = fold(reference, people(chance, 150, height=5.0), None)
    stretch = fold(reference, people(chance, 3000, height=5.0), None)
    late = 1000
    alone = {
        m.subject: m.verdict for m in judge(rules, reference, window, window, late) if m.monitor == "drift"
    }
    long = {
        m.subject: m.verdict for m in judge(rules, reference, window, stretch, late) if m.monitor == "drift"
    }
    assert alone["height"].verdict != "fail"
    assert long["height"].verdict == "fail"
    assert long["height"].rows > 2000


def test_a_stretch_alone_raises_nothing_that_its_newest_window_denies(rules, reference, chance, people):
    window = fold(reference, people(chance, 150), None)
    stretch = fold(reference, people(chance, 3000, height=10.0), None)
    assert "fail" not in {m.verdict.verdict for m in judge(rules, reference, window, stretch, 5)}


def test_every_verdict_is_replayed(rules, reference, chance, people):
    window = fold(reference, people(chance, 150, height=8.0, missing=0.5), pa.array(["no"] * 150))
    for found in judge(rules, reference, window, window, 2):
        assert replay(found.verdict) == found.verdict


def test_lives_without_change_raise_a_false_alarm_no_more_often_than_stated(people, signature):
    """Limits next to nothing, so that being sure alone decides; a chance of a fifth, so that some lives do err."""
    rules = Rules(
        drifted=Drifted(ks_limit=1e-6, psi_limit=1e-6, false_alarms=0.2),
        moved=ShareMoved(by=1e-6, false_alarms=0.2),
    )
    chance, lives, windows = np.random.default_rng(8), 60, 8
    erred = {"drift": 0, "data": 0}
    for _ in range(lives):
        reference = reference_of(signature, people(chance, 300))
        failed = set()
        for look in range(1, windows + 1):
            window = fold(reference, people(chance, 60), None)
            found = judge(rules, reference, window, window, look)
            failed |= {m.monitor for m in found if m.verdict.verdict == "fail"}
        for monitor in failed:
            erred[monitor] += 1
    assert max(erred.values()) <= stats.binom.ppf(1 - 1e-4, lives, 0.2)
