"""Run a seed, or a scenario: the same one gives the same history, in any process."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from everloop.testing.simulator.drawn import drawn
from everloop.testing.simulator.history import History, InvariantBroken
from everloop.testing.simulator.scenario import Scenario
from everloop.testing.simulator.simulation import Simulation


def simulate(seed: int, scenario: Scenario | None = None) -> History:
    """The history of a seed, or of a scenario that somebody made of it. Raises InvariantBroken."""
    with _quiet(), tempfile.TemporaryDirectory(dir=_bundles().parent) as folder:
        (Path(folder) / "bundles").symlink_to(_bundles())
        return Simulation(scenario or drawn(seed), Path(folder)).run()


@cache
def _bundles() -> Path:
    """A folder that all simulations of this process share, and that goes with it: equal content has equal digests."""
    memory = Path("/dev/shm")  # noqa: S108 - nothing of it has to outlive the machine
    parent = tempfile.mkdtemp(
        prefix="everloop-simulator-", dir=memory if os.access(memory, os.W_OK) else None
    )
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    bundles = Path(parent) / "bundles"
    bundles.mkdir()
    return bundles


def compare(seed: int, scenario: Scenario | None = None, *, calm: History | None = None) -> History:
    """The history, whose end has to be that of the same world undisturbed, `calm`; raises InvariantBroken."""
    scenario = scenario or drawn(seed)
    calm = calm or simulate(seed, scenario.undisturbed)
    history = simulate(seed, scenario)
    if history.end != calm.end:
        pairs = zip(history.end, calm.end, strict=False)
        here, there = next(((a, b) for a, b in pairs if a != b), ("more records", "fewer records"))
        raise InvariantBroken(
            scenario, f"it ends otherwise than undisturbed: {here}\nnot {there}", history.story
        )
    return history


@contextmanager
def _quiet() -> Iterator[None]:
    """What the loops complain of while things go wrong on purpose is no news."""
    log = logging.getLogger("everloop")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
