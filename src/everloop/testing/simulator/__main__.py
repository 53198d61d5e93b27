"""Tell the story of one seed: `python -m everloop.testing.simulator 123`."""

import sys

from everloop.testing.simulator.history import InvariantBroken
from everloop.testing.simulator.scenario import drawn
from everloop.testing.simulator.simulate import simulate


def main(seeds: list[str]) -> int:
    """Print what happened for each seed; 1 where something broke."""
    broken = 0
    for seed in map(int, seeds):
        print(f"seed {seed}: {drawn(seed)}")
        try:
            history = simulate(seed)
        except InvariantBroken as error:
            print(error)
            broken = 1
            continue
        print("\n".join(history.story))
        print(
            f"{len(history.endings)} cycles: {', '.join(history.endings)}; {history.crashes} crashes, "
            f"{history.points} points; {history.digest}"
        )
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
