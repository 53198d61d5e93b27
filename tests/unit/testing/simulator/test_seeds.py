"""Whatever goes wrong, what must hold holds: `python -m everloop.testing.simulator SEED` tells a seed's story."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from everloop.testing.simulator.scenario import drawn
from everloop.testing.simulator.simulate import compare, simulate

BLOCK = 25


def run(seed: int) -> None:
    """Every fourth comparable seed is held to the end that it has undisturbed."""
    scenario = drawn(seed)
    if seed % 4 == 0 and scenario.comparable and scenario != scenario.undisturbed:
        compare(seed, scenario)
    else:
        simulate(seed, scenario)


def run_block(first: int) -> int:
    for seed in range(first, first + BLOCK):
        run(seed)
    return BLOCK


@pytest.mark.parametrize("first", range(0, 500, BLOCK))
def test_what_must_hold_holds(first):
    run_block(first)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_must_hold_holds_for_twenty_thousand_seeds():
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(run_block, range(0, 20_000, BLOCK))) == 20_000
