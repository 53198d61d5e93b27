"""Drift of whole tables beside a bare sort-and-search implementation, in one run.

    python tests/benchmarks/drift.py [ROWS]

Exact Kolmogorov-Smirnov, PSI and chi-square of 30 columns (24 of numbers, 6 of categories) over ROWS rows (100,000)
against as many. Both sides have the training window prepared; the bare one sorts, searches and counts, and knows no
missing values, intervals or p-values, which ours has with the shares of data quality. The promise is 1.5 times at most.
"""

import sys
import time

import numpy as np
import pyarrow as pa

from everloop.monitoring.data import shares
from everloop.monitoring.drift import drift
from everloop.monitoring.reference import reference_of
from everloop.monitoring.window import fold
from everloop.records.signature import Column, Signature

NUMBERS, CATEGORIES, ROUNDS = 24, 6, 7
COLUMNS = (
    *(Column(name=f"x{n}", kind="number", nullable=True) for n in range(NUMBERS)),
    *(Column(name=f"c{n}", kind="category", nullable=True) for n in range(CATEGORIES)),
)
SIGNATURE = Signature(task="regression", target="y", columns=COLUMNS)


def table(chance, rows, shift):
    """Numbers and categories, the first of each moved."""
    columns = {f"x{n}": chance.normal(shift * (n == 0), 1, rows) for n in range(NUMBERS)}
    words = np.array([f"category {n}" for n in range(20)])
    for n in range(CATEGORIES):
        weights = 1 / np.arange(1, 21) ** (1 + shift * (n == 0))
        columns[f"c{n}"] = words[chance.choice(20, rows, p=weights / weights.sum())]
    return pa.table(columns)


def bare_reference(rows, kind):
    """Sorted numbers with the edges of their deciles, and each category's count."""
    known = {}
    for name in rows.column_names:
        if name.startswith("x"):
            values = np.sort(rows[name].to_numpy().astype(kind))
            known[name] = values, values[len(values) * np.arange(1, 10) // 10]
        else:
            found = rows[name].combine_chunks().dictionary_encode()
            known[name] = found.dictionary, np.bincount(found.indices.to_numpy())
    return known


def bare(known, rows, kind):
    """KS and PSI of each column of numbers, chi-square and PSI of each of categories."""
    found = {}
    for name in rows.column_names:
        if name.startswith("x"):
            before, edges = known[name]
            values = np.sort(rows[name].to_numpy().astype(kind))
            at = np.searchsorted(before, values, side="right") / len(before)
            ranks = np.arange(len(values) + 1) / len(values)
            distance = max((ranks[1:] - at).max(), (at - ranks[:-1]).max())
            cells = np.diff(np.searchsorted(values, edges, side="right"), prepend=0, append=len(values))
            found[name] = distance, _psi(np.full(10, len(before) / 10), cells)
        else:
            dictionary, counts = known[name]
            cells = np.bincount(
                pa.compute.index_in(rows[name], value_set=dictionary).to_numpy(), minlength=len(counts)
            )
            expected = (counts + cells) / 2
            chi_square = ((cells - expected) ** 2 / expected).sum() * 2
            found[name] = chi_square, _psi(counts, cells)
    return found


def ours(reference, rows):
    """The same, with everything that monitors make of it."""
    window = fold(reference, rows, None)
    pairs = list(zip(reference.columns, window.columns, strict=True))
    for column, folded in pairs:
        shares(column, folded)
    return {column.name: drift(column, folded) for column, folded in pairs}


def _psi(before, after):
    p, q = before / before.sum(), after / after.sum()
    return float(((q - p) * np.log(q / p)).sum())


def best(*works):
    """The best time of each, in turns."""
    times = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def main(rows):
    chance = np.random.default_rng(1)
    before, after = table(chance, rows, 0.0), table(chance, rows, 0.3)
    reference = reference_of(SIGNATURE, before)
    wide, narrow = bare_reference(before, np.float64), bare_reference(before, np.float32)
    found, expected = ours(reference, after), bare(narrow, after, np.float32)
    for column in COLUMNS:
        mine = found[column.name].ks.value if column.kind == "number" else found[column.name].chi_square
        assert abs(mine - expected[column.name][0]) <= 1e-6 * max(1.0, expected[column.name][0]), column.name
    taken, bare_wide, bare_narrow = best(
        lambda: ours(reference, after),
        lambda: bare(wide, after, np.float64),
        lambda: bare(narrow, after, np.float32),
    )
    print(f"drift of 30 columns, {rows:,} rows against {rows:,}: {taken * 1e3:.0f} ms")
    print(f"bare sort and search, 64 bits:  {bare_wide * 1e3:7.0f} ms  ratio {taken / bare_wide:.2f}")
    print(f"bare sort and search, 32 bits:  {bare_narrow * 1e3:7.0f} ms  ratio {taken / bare_narrow:.2f}")
    (window,) = best(lambda: ours(reference, after.slice(0, 150)))
    print(f"a window of 150 rows against {rows:,}: {window * 1e3:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
