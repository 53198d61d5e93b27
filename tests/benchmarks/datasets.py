"""Datasets and their stores beside the bare libraries that they stand on, in one run.

    python tests/benchmarks/datasets.py [ROWS]

Each line: what was done, our time, the bare time, their ratio (1.0 is as fast; larger is slower); the best of
several rounds. The bare ones sync nothing to disk, check no schema and keep no order of rows; ours do.
"""

import hashlib
import shutil
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv as pa_csv
from deltalake import DeltaTable, write_deltalake

from everloop.clock import SystemClock
from everloop.datasets.accept import to_arrow
from everloop.datasets.append import record, written
from everloop.datasets.content import read
from everloop.datasets.digest import EMPTY, extended
from everloop.datasets.profile import profile
from everloop.datasets.schema import infer_fields
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.sql_metadata import SqlMetadata


def table(rows):
    """Ten numbers, a whole number, two categories, an identifier, a time; a tenth of one column missing."""
    chance = np.random.default_rng(3)
    columns = {f"x{n}": chance.normal(size=rows) for n in range(10)}
    columns["x0"][::10] = np.nan
    frame = pd.DataFrame(columns)
    frame["n"] = chance.integers(0, 1000, rows)
    frame["colour"] = chance.choice(["red", "green", "blue"], rows)
    frame["plan"] = chance.choice(["month", "year"], rows)
    frame["id"] = [f"customer-{n:08d}" for n in range(rows)]
    frame["at"] = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(rows), unit="s")
    return to_arrow(frame)


def best(work, rounds=5):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def show(what, ours, bare, note=""):
    print(f"{what:34} {ours * 1e3:9.1f} ms {bare * 1e3:9.1f} ms  ratio {ours / bare:5.2f}  {note}")


def canonical_bytes(rows):
    return b"".join(
        bytes(buffer)
        for column in rows.columns
        for chunk in column.chunks
        for buffer in chunk.buffers()
        if buffer is not None
    )


def main():
    rows = table(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
    folder = Path(tempfile.mkdtemp())
    tables, metadata, keys = DeltaTables(folder / "tables"), SqlMetadata(folder / "metadata.db"), count()

    def ours(part, dataset):
        key = str(next(keys))
        new = written(metadata, tables, dataset=dataset, rows=part, key=key, clock=SystemClock())
        with metadata.transaction() as transaction:
            return record(transaction, new)

    def bare(part, name):
        write_deltalake(folder / name, part, mode="append")

    small = rows.slice(0, 100)
    for _ in range(2):
        ours(small, "small"), bare(small, "bare-small")
    print(f"{rows.num_rows} rows of {rows.num_columns} columns, {rows.nbytes / 1e6:.0f} MB")
    show(
        "append 100 rows", best(lambda: ours(small, "small"), 30), best(lambda: bare(small, "bare-small"), 30)
    )
    ours(rows, "large"), bare(rows, "bare-large")
    show("append all", best(lambda: ours(rows, "large"), 3), best(lambda: bare(rows, "bare-large"), 3))
    version = ours(rows, "read")
    bare(rows, "bare-read")
    show(
        "read all",
        best(lambda: read(tables, version)),
        best(lambda: DeltaTable(folder / "bare-read").to_pyarrow_table()),
    )
    data, fields = canonical_bytes(rows), infer_fields(rows)
    ours_s, bare_s = best(lambda: extended(EMPTY, rows, fields)), best(lambda: hashlib.sha256(data).digest())
    show("digest / SHA-256 of the bytes", ours_s, bare_s, f"{len(data) / ours_s / 1e9:.2f} GB/s")
    path = folder / "rows.csv"
    pa_csv.write_csv(rows, path)
    show(
        "read CSV / pyarrow (first block's types)",
        best(lambda: to_arrow(path), 3),
        best(lambda: pa_csv.read_csv(path), 3),
    )
    show("read CSV / pandas", best(lambda: to_arrow(path), 1), best(lambda: pd.read_csv(path), 1))
    frame = rows.to_pandas()
    show(
        "profile / pandas describe",
        best(lambda: profile(rows, fields), 3),
        best(lambda: frame.describe(include="all"), 3),
    )
    metadata.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
