"""Check C1: a hundred kills of the writer, and of the compactor between commit and delete."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from everloop.clock import SystemClock
from everloop.ledger.ledger import Ledger
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout

ENDPOINTS = ("left", "right")


@pytest.fixture(scope="module")
def survived(tmp_path_factory):
    """The ledger after the kills, and what had been acknowledged: ids by endpoint."""
    folder = tmp_path_factory.mktemp("workspace")
    script = Path(__file__).with_name("kill_rounds.py")
    done = subprocess.run(
        [sys.executable, script, folder, "100"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["compactors_cut_off"] > 3, "or the kills came too late to mean anything"
    acknowledged = {
        endpoint: {i for i, place in told["acknowledged"] if int(place) == number}
        for number, endpoint in enumerate(ENDPOINTS)
    }
    layout = Layout(folder)
    ledger = Ledger(DeltaTables(layout.tables), layout, SystemClock())
    before = {endpoint: ledger.predictions(endpoint)["id"].to_pylist() for endpoint in ENDPOINTS}
    ledger.compact()
    return ledger, layout, acknowledged, before


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_acknowledged_prediction_is_lost_and_none_is_there_twice(survived, endpoint):
    ledger, _, acknowledged, before = survived
    found = ledger.predictions(endpoint)["id"].to_pylist()
    assert acknowledged[endpoint]
    assert acknowledged[endpoint] <= set(found)
    assert max(Counter(found).values()) == 1
    assert sorted(before[endpoint]) == sorted(found), "seen before the compaction as after it"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_rows_that_were_captured_and_never_acknowledged_are_told_apart(survived, endpoint):
    ledger, _, acknowledged, _ = survived
    rows = ledger.predictions(endpoint, columns=["id", "handed_over"]).to_pylist()
    unsure = {row["id"] for row in rows if not row["handed_over"]}
    assert {row["id"] for row in rows} - acknowledged[endpoint] <= unsure
    assert ledger.counts(endpoint).undelivered == len(unsure)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_outcomes_come_through_the_kills_as_well(survived, endpoint):
    ledger, _, acknowledged, _ = survived
    counted = ledger.counts(endpoint)
    told = set(ledger.outcomes(endpoint)["prediction"].to_pylist())
    assert (counted.duplicates, counted.unknown) == (0, 0)
    assert told <= set(ledger.predictions(endpoint)["id"].to_pylist())
    assert len(told & acknowledged[endpoint]) > 100


def test_nothing_is_left_to_do(survived):
    ledger, layout, _, _ = survived
    assert ledger.compact().segments == 0
    left = [path.name for path in layout.capture.iterdir() if path.suffix != ".new"]
    assert left == ["compactor.lock"], "but for files that writers had only begun"
