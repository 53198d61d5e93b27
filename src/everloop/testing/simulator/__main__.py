"""Tell the story of a seed: `python -m everloop.testing.simulator 123`."""

import argparse
import sys
from dataclasses import replace

from everloop.testing.simulator.drawn import SCENARIOS
from everloop.testing.simulator.history import InvariantBroken
from everloop.testing.simulator.scenario import Faults
from everloop.testing.simulator.simulate import compare, simulate


def main(words: list[str]) -> int:
    """Print what happened; 1 where something broke that must not."""
    parser = argparse.ArgumentParser(prog="python -m everloop.testing.simulator", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="drawn")
    parser.add_argument(
        "--crash-at", type=int, help="die at this point alone, and end as if nothing had happened"
    )
    given = parser.parse_args(words)
    scenario = SCENARIOS[given.scenario](given.seed)
    if given.crash_at is not None:
        scenario = replace(scenario, faults=Faults(crash_at=given.crash_at))
    print(f"seed {given.seed}: {scenario}")
    try:
        run = compare if scenario.comparable and scenario != scenario.undisturbed else simulate
        history = run(given.seed, scenario)
    except InvariantBroken as error:
        print("\n".join(error.story), error, sep="\n")
        return 1
    print("\n".join(history.story))
    print(
        f"{len(history.endings)} cycles: {', '.join(history.endings)}; {history.crashes} crashes at "
        f"{history.points} points; {history.digest}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
