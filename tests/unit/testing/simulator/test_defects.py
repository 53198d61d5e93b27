"""A candidate that passes its gates and is bad in the traffic goes back by the guardrail that watches for it."""

import pytest

from everloop.rollouts.watch import ERRORS, LATENCY, SHIFT
from everloop.testing.simulator.drawn import defective
from everloop.testing.simulator.simulate import simulate

SEEDS = range(6)
GUARDED = {"errors": ERRORS, "many errors": ERRORS, "latency": LATENCY, "shift": SHIFT}


@pytest.mark.parametrize("defect", GUARDED)
def test_every_candidate_with_the_defect_goes_back_by_its_guardrail(defect):
    histories = [simulate(seed, defective(seed, defect)) for seed in SEEDS]
    back = [line for history in histories for line in history.story if "roll_back_candidate" in line]
    assert len(back) > len(SEEDS)
    assert all(f": {GUARDED[defect]}: " in line for line in back)
    assert all("promoted" not in history.endings for history in histories)
