"""Damaged files are named, and never given out as data."""

import random
from datetime import UTC, datetime

import pytest
from sklearn.datasets import load_breast_cancer

from everloop.clock import FixedClock
from everloop.datasets.accept import to_arrow
from everloop.datasets.append import written
from everloop.datasets.content import read
from everloop.errors import InvalidData
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.memory_metadata import MemoryMetadata


@pytest.fixture
def stored(tmp_path):
    tables, rows = DeltaTables(tmp_path), to_arrow(load_breast_cancer(as_frame=True).frame)
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    version = written(MemoryMetadata(), tables, dataset="d", rows=rows, key="k", clock=clock).version
    (file,) = (tmp_path / "datasets" / "d").glob("*.parquet")
    return tables, version, rows, file


def test_flipped_bytes_give_an_error_or_the_very_same_rows(stored):
    tables, version, rows, file = stored
    whole, chance, refusals = file.read_bytes(), random.Random(11), []
    places = [chance.randrange(len(whole)) for _ in range(60)] + list(range(len(whole) - 300, len(whole), 5))
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        try:
            assert read(tables, version).equals(rows)
        except InvalidData as error:
            refusals.append(str(error))
    assert len(refusals) > 60
    assert all("d@1 are damaged" in said and "\n" not in said for said in refusals)


@pytest.mark.parametrize("keep", [0, 4, 1000])
def test_a_file_that_was_cut_is_refused(stored, keep):
    tables, version, _, file = stored
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(InvalidData, match="damaged"):
        read(tables, version)


def test_a_file_that_is_gone_is_refused(stored):
    tables, version, _, file = stored
    file.unlink()
    with pytest.raises(InvalidData, match="damaged"):
        read(tables, version)
