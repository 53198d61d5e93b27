"""Check C3 over HTTP: the disk fills up, answers are refused, nothing is torn, and it works again afterwards."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SMALL_DISK = Path(__file__).with_name("small_disk.py")
OWN_MOUNTS = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c"]
MOUNT = 'mount -t tmpfs -o size=6m,mode=0700 tmpfs "$0" && exec "$@"'


def test_a_full_disk_refuses_answers_tears_no_row_and_passes(house, load, client, eventually):
    """The limit on the size of a file stands in for the disk: it can be set, and lifted, from outside."""
    status = house.serve(workers=1)
    worker = status.workers[0].pid
    with load(status.url, clients=2) as clients:
        clients.goes_on(50)
        (segment,) = house.layout.capture.glob("*.open")
        full = segment.stat().st_size + 200  # in the middle of a frame
        _, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        eventually(lambda: len(clients.refused) >= 20)
        delivered_when_full = len(clients.delivered)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (hard, hard))
        clients.goes_on(50)
    assert (clients.failed, clients.wrong) == ([], [])
    assert {code for code, _ in clients.refused} == {503}
    assert {problem["code"] for _, problem in clients.refused} == {"capture-failed"}
    assert len(clients.delivered) > delivered_when_full
    assert house.status().workers[0].pid == worker, "the worker lives on"
    captured = house.captured()
    kept = dict(zip(captured["id"].to_pylist(), captured["number.n"].to_pylist(), strict=True))
    assert captured.num_rows == len(kept)
    assert kept == clients.delivered, "what was refused was not captured, what was delivered was"
    house.stop()
    assert house.ledger().compact() is not None
    assert house.captured().num_rows == len(kept)
    assert not list((house.layout.capture).glob("damaged/*"))


@pytest.fixture
def small_disk(tmp_path):
    """Runs a command with a real file system of 6 MB at the path that it gives; nobody else sees that."""
    try:
        subprocess.run(
            [*OWN_MOUNTS, MOUNT, str(tmp_path), "true"], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", None) or error
        pytest.skip(f"NOT TESTED: a full file system. This machine lets nobody mount one: {told}")

    def run(*command: str) -> str:
        done = subprocess.run(
            [*OWN_MOUNTS, MOUNT, str(tmp_path), *command],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run, tmp_path


def test_a_full_file_system_refuses_answers_keeps_what_it_acknowledged_and_works_again(small_disk):
    run, folder = small_disk
    told = json.loads(run(sys.executable, str(SMALL_DISK), str(folder)))
    delivered = told["delivered"]
    assert (told["failed"], told["wrong"]) == ([], [])
    assert told["free_when_full"] < 4096, "the disk was full"
    assert len(delivered) > told["delivered_when_full"] > 100
    assert {(code, kind) for code, kind, _ in told["refused"]} == {(503, "capture-failed")}
    assert all("Free some space on its disk." in detail for _, _, detail in told["refused"])
    assert told["read"] == delivered, "what was acknowledged was kept, what was refused was not"
    assert told["back_after_s"] < 5
    assert told["same_worker"]
    assert told["read_after_compaction"] == delivered
    assert told["damaged"] == []
