"""How often the policies err, and how soon they see: simulations of the rules that decide, as a table in Markdown.

    python scripts/power.py              every line at full size: minutes
    python scripts/power.py --runs 0.1   a tenth of the runs

Each line runs the cores that the policies call, many runs at once, with a fixed seed. The default tests run the same
lines with fewer runs. docs/statistics.md shows the table.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from everloop.evidence.metrics import METRICS
from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.evidence.scored_rows import ScoredRows
from everloop.statistics.sequential.capital import Block, log_capital
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.spending import spent
from everloop.statistics.sequential.two_rates import log_e_difference
from everloop.statistics.sequential.two_shares import ArmShares

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Chance = np.random.Generator

QUALITY = NoWorse(margin=0.01)
ERRORS = RateGuardrail(tolerance=0.01)
LATENCY = LatencyGuardrail()
SHIFT = ShiftGuardrail()
SIGNS = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One promise: in how large a share of runs something may, or must, happen."""

    what: str
    promise: Literal["at most", "at least"]
    share: float
    runs: int  # of the table
    quick: int  # of the default tests
    simulate: Callable[[Chance, int], Flags]  # a flag a run

    def measured(self, seed: int, runs: int) -> int:
        """In how many of the runs it happened."""
        return int(self.simulate(np.random.default_rng(seed), runs).sum())


# Quality: paired differences, looked at after every outcome


def differences(chance: Chance, runs: int, rows: int, worse: float, better: float) -> Numbers:
    """Counts of -1, 0 and +1 after each row: [runs, rows, 3]."""
    drawn = chance.random((runs, rows))
    signs = np.stack(
        [drawn < worse, drawn >= worse + better, (drawn >= worse) & (drawn < worse + better)], -1
    )
    return np.cumsum(signs, axis=1, dtype=np.float64)


def in_parts(runs: int, part: int, simulate: Callable[[int], Flags]) -> Flags:
    """Many runs, some at a time, so that they fit into memory."""
    sizes = [min(part, runs - start) for start in range(0, runs, part)]
    return np.concatenate([simulate(size) for size in sizes])


def passes(counts: Numbers) -> Flags:
    """Whether the quality passes at some row of each run."""
    evidence = log_capital([Block(SIGNS, counts)], -QUALITY.margin)
    return (evidence >= threshold(QUALITY.alpha)).any(axis=-1)


def fails(counts: Numbers) -> Flags:
    """Whether the quality fails at some row of each run."""
    evidence = log_capital([Block(-SIGNS, counts)], 0.0)
    return (evidence >= threshold(QUALITY.alpha_fail)).any(axis=-1)


def paired(
    rule: Callable[[Numbers], Flags], rows: int, worse: float, better: float
) -> Callable[[Chance, int], Flags]:
    """The rule on runs of so many rows, the candidate worse and better on such shares of them."""

    def simulate(chance: Chance, runs: int) -> Flags:
        return in_parts(runs, 200_000 // rows, lambda n: rule(differences(chance, n, rows, worse, better)))

    return simulate


def noise_retrains(step: float, spread: float, fallen: float) -> Callable[[Chance, int], Flags]:
    """Whether fifty retrains in a row end so far below the anchor, where none of them learned anything new.

    Each candidate's accuracy is drawn about that of the anchor (`spread`), or lies `step` below the champion of the
    moment, and takes its place where it passes against both on 2,000 rows of its own, looked at after each 100. A row
    in seven is hard: models differ only there.
    """

    def hard_rows(chance: Chance, accuracy: Numbers) -> Flags:
        return chance.random((len(accuracy), 300)) < ((accuracy - 0.85) / 0.15)[:, None]

    def simulate(chance: Chance, runs: int) -> Flags:
        anchor = np.full(runs, 0.90)
        champion = anchor.copy()
        for _ in range(50):
            candidate = champion - step if step else anchor + chance.normal(0, spread, runs)
            own = hard_rows(chance, candidate)
            kept = np.ones(runs, dtype=np.bool_)
            for other in (champion, anchor):
                theirs = np.where((other == candidate)[:, None], own, hard_rows(chance, other))
                signs = own.astype(np.float64) - theirs
                counts = np.stack([(signs < 0), (signs == 0), (signs > 0)], -1).cumsum(axis=1)[:, 14::15]
                counts = counts + np.array([0, 85, 0]) * np.arange(1, 21)[:, None]
                kept &= passes(counts.astype(np.float64))
            champion = np.where(kept, candidate, champion)
        return anchor - champion > fallen

    return simulate


# Guardrails: two arms, looked at every second


def arm_counts(
    chance: Chance, runs: int, seconds: int, per_second: tuple[float, float], rates: tuple[float, float]
) -> Numbers:
    """Hits and rows of candidate and champion after each second: [4, runs, seconds]."""
    found = []
    for requests, rate in zip(per_second, rates, strict=True):
        rows = chance.poisson(requests, (runs, seconds))
        found += [np.cumsum(chance.binomial(rows, rate), axis=1), np.cumsum(rows, axis=1)]
    return np.asarray(found, dtype=np.float64)


def errors_fail(counts: Numbers) -> Flags:
    """Whether the guardrail on errors fails in some second."""
    evidence = log_e_difference(counts, ERRORS.tolerance)
    return (evidence >= threshold(spent(ERRORS.alpha, 1))).any(axis=-1)


def errors(seconds: int, rates: tuple[float, float]) -> Callable[[Chance, int], Flags]:
    """50 requests a second, a tenth to the candidate."""

    def simulate(chance: Chance, runs: int) -> Flags:
        return in_parts(runs, 100, lambda n: errors_fail(arm_counts(chance, n, seconds, (5.0, 45.0), rates)))

    return simulate


def latency(slower_ms: float, looks: int, every: int) -> Callable[[Chance, int], Flags]:
    """Log-normal latencies about 20 ms, looked at each time that the candidate has `every` more."""

    def one(chance: Chance) -> bool:
        own, other = QuantileCounts(), QuantileCounts()
        for _ in range(looks):
            own = own.merge(QuantileCounts.of(chance.lognormal(3, 0.5, every) + slower_ms))
            other = other.merge(QuantileCounts.of(chance.lognormal(3, 0.5, every * 9)))
            if LATENCY.judge(own, other).verdict == "fail":
                return True
        return False

    return lambda chance, runs: np.array([one(chance) for _ in range(runs)])


def shifted(distance: float, looks: int, every: int, classes: int = 5) -> Callable[[Chance, int], Flags]:
    """Answers over classes, the candidate's so far from the champion's: from the last class to the first."""
    usual = np.full(classes, 0.5 / (classes - 1))
    usual[-1] = 0.5
    moved = usual.copy()
    moved[0], moved[-1] = moved[0] + distance, moved[-1] - distance

    def one(chance: Chance) -> bool:
        own, other = np.zeros(classes, dtype=np.int64), np.zeros(classes, dtype=np.int64)
        for _ in range(looks):
            own += chance.multinomial(every, moved)
            other += chance.multinomial(every * 9, usual)
            answers = ArmShares(candidate=tuple(own.tolist()), champion=tuple(other.tolist()))
            if answers.log_e_above(SHIFT.limit) >= threshold(spent(SHIFT.alpha, 1)):
                return True
        return False

    return lambda chance, runs: np.array([one(chance) for _ in range(runs)])


def identical(chance: Chance, runs: int) -> Flags:
    """Rolled back by anything: 2,000 outcomes, 200 seconds of requests, latencies and answers of two equal models."""
    rolled = paired(fails, 2_000, 0.05, 0.05)(chance, runs)
    rolled |= errors(200, (0.02, 0.02))(chance, runs)
    rolled |= latency(0.0, 5, 200)(chance, runs)
    return rolled | shifted(0.0, 5, 200)(chance, runs)


def unknown(chance: Chance, runs: int) -> Flags:
    """Undecided where there is no outcome at all."""
    verdict = QUALITY.judge(SignCounts()).verdict
    return np.full(runs, verdict == "undecided")


# Intervals


def sequence_misses(
    null: float, draw: Callable[[Chance, int], Numbers], points: Numbers, level: float = 0.95
) -> Callable[[Chance, int], Flags]:
    """Whether a confidence sequence from counts over points ever leaves out the true mean, looking at every row."""

    def some(chance: Chance, runs: int) -> Flags:
        counts = np.cumsum(draw(chance, runs), axis=1)
        above = log_capital([Block(points, counts)], null)
        below = log_capital([Block(-points, counts)], -null)
        return (np.maximum(above, below) >= threshold((1 - level) / 2)).any(axis=-1)

    return lambda chance, runs: in_parts(runs, 100, lambda n: some(chance, n))


def categories(shares: Numbers, rows: int) -> Callable[[Chance, int], Numbers]:
    """Draws of values with such chances, as flags [runs, rows, values]."""

    def draw(chance: Chance, runs: int) -> Numbers:
        return np.eye(len(shares))[chance.choice(len(shares), size=(runs, rows), p=shares)]

    return draw


def moments_miss(chance: Chance, runs: int) -> Flags:
    """Whether the asymptotic sequence ever leaves out the mean of exponential values, from its first look on."""

    def one() -> bool:
        state = Moments()
        for size in (100, *(50,) * 18, *(1_000,) * 9):
            state = state.merge(Moments.of(chance.exponential(1.0, size)))
            if max(state.log_e_above(1.0), state.log_e_below(1.0)) >= threshold(0.025):
                return True
        return False

    return np.array([one() for _ in range(runs)])


def differences_miss(chance: Chance, runs: int) -> Flags:
    """Whether the sequence of a difference of two rates ever leaves it out."""

    def some(n: int) -> Flags:
        counts = arm_counts(chance, n, 150, (5.0, 45.0), (0.05, 0.02))
        above = log_e_difference(counts, 0.03)
        below = log_e_difference(counts[[2, 3, 0, 1]], -0.03)
        return (np.maximum(above, below) >= threshold(0.025)).any(axis=-1)

    return in_parts(runs, 200, some)


def quantile_misses(chance: Chance, runs: int) -> Flags:
    """Whether the sequence of the 95th percentile ever refutes an edge above which exactly 5% lie, on either side."""
    edges = QuantileCounts().edges
    edge = int(np.searchsorted(edges, 30.0))

    def one() -> bool:
        state = QuantileCounts()
        for _ in range(20):
            over = chance.random(100) < 0.05
            state = state.merge(QuantileCounts.of(np.where(over, edges[edge] * 1.05, edges[edge] / 1.05)))
            if state.lower(0.95, 0.025) >= edges[edge] or state.upper(0.95, 0.025) <= edges[edge]:
                return True
        return False

    return np.array([one() for _ in range(runs)])


def covers(metric: str) -> Callable[[Chance, int], Flags]:
    """Whether the interval of 200 rows holds the metric of the world that they were drawn from."""
    classes = 0 if METRICS[metric].task == "regression" else 3

    def simulate(chance: Chance, runs: int) -> Flags:
        world = _world(np.random.default_rng(1), 200_000, classes)
        true = float(METRICS[metric].weighted(world, np.ones((1, len(world))))[0])
        found = (METRICS[metric].estimate(_world(chance, 200, classes)) for _ in range(runs))
        return np.array([e is not None and e.low <= true <= e.high for e in found])

    return simulate


def _world(chance: Chance, rows: int, classes: int) -> ScoredRows:
    if not classes:
        truth = chance.normal(10, 2, rows)
        return ScoredRows.of(truth + chance.normal(0, 1, rows), truth)
    truth = chance.choice(classes, size=rows, p=[0.5, 0.3, 0.2])
    votes = chance.exponential(1.0, (rows, classes))
    votes[np.arange(rows), truth] += 2.0
    probabilities = votes / votes.sum(axis=1, keepdims=True)
    return ScoredRows.of(probabilities.argmax(axis=1), truth, probabilities, classes)


def lines() -> Iterator[Line]:
    """The table: what may not happen, what must, and what intervals promise."""
    yield from error_lines()
    yield from power_lines()
    yield from coverage_lines()


def error_lines() -> Iterator[Line]:
    """How seldom the policies are wrong."""
    yield Line(
        what="identical canary rolled back by any guardrail or by quality, looking at every outcome and second",
        promise="at most",
        share=0.01,
        runs=1_000,
        quick=60,
        simulate=identical,
    )
    for apart in (0.02, 0.10):
        yield Line(
            what=f"candidate exactly at the margin of 0.01 ({apart:.0%} discordant) accepted within 2,000 outcomes",
            promise="at most",
            share=0.05,
            runs=4_000,
            quick=300,
            simulate=paired(passes, 2_000, (apart + 0.01) / 2, (apart - 0.01) / 2),
        )
    yield Line(
        what="fifty retrains that are only noise (spread of 1 point) end more than the margin below the anchor",
        promise="at most",
        share=0.05,
        runs=1_000,
        quick=40,
        simulate=noise_retrains(0.0, 0.01, QUALITY.margin),
    )
    yield Line(
        what="fifty retrains, each exactly the margin below its champion, end more than two margins below the anchor",
        promise="at most",
        share=0.01,
        runs=1_000,
        quick=40,
        simulate=noise_retrains(QUALITY.margin, 0.0, 2 * QUALITY.margin + 1e-9),
    )
    yield Line(
        what="equal accuracy (20% discordant) failed within 2,000 outcomes",
        promise="at most",
        share=QUALITY.alpha_fail,
        runs=4_000,
        quick=300,
        simulate=paired(fails, 2_000, 0.10, 0.10),
    )
    yield Line(
        what="errors exactly at the tolerance (3% against 2%) rolled back within 300 s",
        promise="at most",
        share=ERRORS.alpha,
        runs=2_000,
        quick=60,
        simulate=errors(300, (0.03, 0.02)),
    )
    yield Line(
        what="answers exactly at the limit (0.3 from the champion's) rolled back within 1,000 of the candidate's",
        promise="at most",
        share=SHIFT.alpha,
        runs=500,
        quick=20,
        simulate=shifted(0.3, 10, 100),
    )
    yield Line(
        what="no outcome at all: undecided",
        promise="at least",
        share=1.0,
        runs=10,
        quick=1,
        simulate=unknown,
    )


def power_lines() -> Iterator[Line]:
    """How soon the policies see."""
    for apart, least in ((0.09, 0.90), (0.10, 0.90), (0.15, 0.65)):
        often, seldom = (apart + 0.05) / 2, (apart - 0.05) / 2
        yield Line(
            what=f"5 points worse (worse on {often:.1%}, better on {seldom:.1%}) failed within 1,000 outcomes",
            promise="at least",
            share=least,
            runs=4_000,
            quick=300,
            simulate=paired(fails, 1_000, often, seldom),
        )
    for apart, least in ((0.09, 0.90), (0.10, 0.90), (0.15, 0.70)):
        often, seldom = (apart + 0.05) / 2, (apart - 0.05) / 2
        yield Line(
            what=f"5 points better (better on {often:.1%}, worse on {seldom:.1%}) passed within 500 outcomes",
            promise="at least",
            share=least,
            runs=4_000,
            quick=300,
            simulate=paired(passes, 500, seldom, often),
        )
    yield Line(
        what="10% errors against 2%, 50 requests/s, a tenth to the candidate: rolled back within 120 s",
        promise="at least",
        share=0.99,
        runs=2_000,
        quick=100,
        simulate=errors(120, (0.10, 0.02)),
    )
    yield Line(
        what="every answer an error: rolled back within 3 s",
        promise="at least",
        share=0.99,
        runs=2_000,
        quick=200,
        simulate=errors(3, (1.0, 0.02)),
    )
    yield Line(
        what="500 ms slower: rolled back within 50 answers of the candidate",
        promise="at least",
        share=0.99,
        runs=400,
        quick=40,
        simulate=latency(500.0, 5, 10),
    )
    yield Line(
        what="answers 0.5 from the champion's (limit 0.3): rolled back within 300 of the candidate's",
        promise="at least",
        share=0.90,
        runs=400,
        quick=20,
        simulate=shifted(0.5, 6, 50),
    )


def coverage_lines() -> Iterator[Line]:
    """What intervals promise: sequences at all moments together, estimates at one."""
    arms = np.array([0.2 * 0.7, 0.2 * 0.3, 0.8 * 0.75, 0.8 * 0.25])  # a share of 0.2, and 30% against 25%
    weighted = np.array([0.0, 1 / 0.2, 0.0, -1 / 0.8])
    signs, flags, five = np.array([0.05, 0.93, 0.02]), np.array([0.98, 0.02]), np.full(5, 0.2)
    sequences = {
        "paired differences": sequence_misses(-0.03, categories(signs, 2_000), SIGNS),
        "a rate of 2%": sequence_misses(0.02, categories(flags, 2_000), np.array([0.0, 1.0])),
        "a bounded mean": sequence_misses(0.5, categories(five, 2_000), np.linspace(0, 1, 5)),
        "an effect under randomised shares": sequence_misses(0.05, categories(arms, 2_000), weighted),
        "a difference of two rates": differences_miss,
        "a mean of exponential values, asymptotic,": moments_miss,
        "a 95th percentile": quantile_misses,
    }
    for name, misses in sequences.items():
        yield Line(
            what=f"95% confidence sequence of {name} ever leaves out the truth",
            promise="at most",
            share=0.05,
            runs=1_000,
            quick=60,
            simulate=misses,
        )
    for metric in METRICS:
        yield Line(
            what=f"95% interval of {metric} on 200 rows holds the truth",
            promise="at least",
            share=0.93,
            runs=2_000,
            quick=100,
            simulate=covers(metric),
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=float, default=1.0, help="a factor on the runs of every line")
    factor = parser.parse_args().runs
    print("| what | promised | measured | runs |\n|---|---|---|---|")
    for line in lines():
        runs = max(1, round(line.runs * factor))
        share = line.measured(20260301, runs) / runs
        print(f"| {line.what} | {line.promise} {line.share:.1%} | {share:.2%} | {runs:,} |", flush=True)


if __name__ == "__main__":
    main()
