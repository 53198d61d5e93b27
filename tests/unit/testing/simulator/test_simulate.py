import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.testing.simulator.drawn import drawn, short
from everloop.testing.simulator.scenario import HOUR, Faults, Outcomes
from everloop.testing.simulator.simulate import compare, simulate

ENDS = {37: ("promoted",), 28: ("rolled_back",), 18: ("refused",)}  # of short seeds, undisturbed


@pytest.mark.parametrize("seed", ENDS)
def test_short_scenarios_end_as_planted(seed):
    assert simulate(seed, short(seed)).endings == ENDS[seed]


@pytest.mark.parametrize(
    ("seed", "leased", "every"),
    [
        pytest.param(37, True, 1, id="promoted, jobs in the metadata"),
        pytest.param(28, False, 4, id="rolled back, jobs in memory, each fourth point"),
        pytest.param(37, False, 1, id="promoted, jobs in memory", marks=pytest.mark.slow),
        pytest.param(28, False, 1, id="rolled back, jobs in memory", marks=pytest.mark.slow),
        pytest.param(28, True, 1, id="rolled back, jobs in the metadata", marks=pytest.mark.slow),
        pytest.param(18, True, 1, id="refused, jobs in the metadata", marks=pytest.mark.slow),
    ],
)
def test_a_cycle_that_dies_at_any_one_point_ends_as_if_it_had_not(seed, leased, every):
    scenario = replace(short(seed), leased=leased)
    calm = simulate(seed, scenario)
    assert calm.points > 80
    for point in range(1, calm.points + 1, every):
        history = compare(seed, replace(scenario, faults=Faults(crash_at=point)), calm=calm)
        assert history.crashes == 1
        assert history.endings == ENDS[seed]


def test_a_cycle_that_dies_again_and_again_ends_as_if_it_had_not():
    for seed in range(10):
        history = compare(seed, replace(short(seed), faults=Faults(crash=0.06)))
        assert history.crashes > 5


def test_two_schedulers_in_any_order_end_as_one_does():
    for seed in range(12):
        scenario = replace(short(seed), faults=Faults(schedulers=2, interleaved=True))
        compare(seed, scenario)


def test_two_schedulers_that_die_end_as_one_does():
    for seed in range(12):
        compare(seed, replace(short(seed), faults=Faults(schedulers=2, interleaved=True, crash=0.05)))


def test_without_outcomes_a_rollout_ends_undecided_and_rolled_back():
    scenario = short(37)
    lost = replace(scenario, outcomes=Outcomes(never=0.0, delay=0.5, lost=(6, 500)), steps=12)
    patient = replace(lost.policy.rollout, margin=0.001, max_wait=HOUR)
    lost = replace(lost, policy=replace(lost.policy, rollout=patient, gates=lost.policy.gates))
    history = simulate(37, lost)
    assert history.endings[0] == "rolled_back"
    assert any("undecided after 1 h" in line for line in history.story)


def test_the_same_seed_gives_the_same_history_in_another_process():
    seed = next(s for s in range(100) if drawn(s).faults.interleaved)
    told = subprocess.run(
        [sys.executable, "-m", "everloop.testing.simulator", str(seed)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    assert told.rstrip().endswith(simulate(seed).digest)


def test_another_seed_gives_another_history():
    assert simulate(1).digest != simulate(2).digest


def test_verdicts_with_all_their_intervals_decide_as_the_screened_ones_do():
    for seed in (37, 28):
        thorough = simulate(seed, replace(short(seed), thorough=True))
        assert thorough.endings == simulate(seed, short(seed)).endings


def test_a_clock_that_jumps_back_an_hour_ends_every_cycle_all_the_same():
    for seed in range(6):
        jumps = ((2, -HOUR), (5, timedelta(hours=2)), (6, -HOUR))
        assert all(simulate(seed, replace(short(seed), faults=Faults(jumps=jumps))).endings)


def test_a_disk_that_is_full_for_long_ends_every_cycle_all_the_same():
    for seed in range(6):
        assert all(simulate(seed, replace(short(seed), faults=Faults(full_disk=(3, 8)))).endings)


def test_a_route_table_that_could_not_be_written_is_published_by_a_later_tick():
    published = 0
    for seed in (37, 42):
        history = simulate(seed, replace(short(seed), faults=Faults(unpublished=(4, 8))))
        published += history.endings.count("promoted")
    assert published == 2


def test_a_rollout_that_can_never_be_looked_at_goes_back_when_its_time_is_up():
    for seed in (37, 42):
        history = simulate(seed, replace(short(seed), faults=Faults(unseen=(0, 500))))
        assert history.endings == ("rolled_back",)
        assert any("undecided after 5 h: nothing is known of its quality" in line for line in history.story)


def test_looks_that_raise_now_and_then_end_every_cycle_all_the_same():
    for seed in range(6):
        assert all(simulate(seed, replace(short(seed), faults=Faults(blind=0.4))).endings)
