"""Whatever goes wrong, what must hold holds: `python -m everloop.testing.simulator SEED` tells a seed's story."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from everloop.records.cycle import Ending
from everloop.testing.simulator.drawn import drawn
from everloop.testing.simulator.simulate import compare, simulate

BLOCK = 25


def endings(seed: int) -> tuple[Ending, ...]:
    """Every fourth comparable seed is held to the end that it has undisturbed."""
    scenario = drawn(seed)
    if seed % 4 == 0 and scenario.comparable and scenario != scenario.undisturbed:
        return compare(seed, scenario).endings
    return simulate(seed, scenario).endings


def run_block(first: int) -> set[Ending]:
    return {ending for seed in range(first, first + BLOCK) for ending in endings(seed)}


@pytest.mark.parametrize("first", range(0, 500, BLOCK))
def test_what_must_hold_holds(first):
    assert run_block(first) >= {"promoted", "refused", "rolled_back"}, "and cycles end in all ways"


@pytest.mark.slow
@pytest.mark.night
@pytest.mark.timeout(9000)
def test_what_must_hold_holds_for_twenty_thousand_seeds():
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        assert all(pool.map(run_block, range(0, 20_000, BLOCK)))
