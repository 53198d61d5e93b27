"""Somebody who brings a version is answered at every moment, whatever the loop is at."""

from dataclasses import replace

import pytest

from everloop.testing.simulator.drawn import short
from everloop.testing.simulator.simulate import simulate

STATES = {"closed", "pinning", "fitting", "judging", "waiting", "rolling", "reporting"}


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_proposal_may_come_before_any_transaction(every):
    met = set()
    for mode in ("act", "propose"):
        scenario = short(37)
        scenario = replace(scenario, policy=replace(scenario.policy, mode=mode), steps=12)
        for number in range(1, simulate(37, scenario).points, every):
            met |= set(simulate(37, replace(scenario, visits=(number,))).visited)
    assert met >= STATES
