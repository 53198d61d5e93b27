import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from everloop.clock import FixedClock
from everloop.errors import WorkspaceBusy, WorkspaceUnusable
from everloop.stores.lock import WriterLock

HOLD = """
import sys
from pathlib import Path
from everloop.stores.lock import WriterLock
WriterLock(Path(sys.argv[1])).acquire(purpose="`everloop up`")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


@pytest.fixture
def holder(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_another_process_is_refused_and_told_who_holds_it(path, holder):
    with pytest.raises(WorkspaceBusy) as refusal:
        WriterLock(path).acquire(purpose="train")
    assert f"process {holder.pid} (`everloop up`) since 20" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_killed_holder_holds_nothing(path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with WriterLock(path).held(purpose="train", timeout=5):
        pass


def test_a_waiting_process_gets_it_when_the_holder_lets_go(path, holder):
    threading.Timer(0.05, holder.stdin.close).start()
    with WriterLock(path).held(purpose="train", timeout=10):
        assert f"process {os.getpid()} (train)" in WriterLock(path).holder()


def test_the_holder_says_since_when(path):
    clock = FixedClock(datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC))
    with WriterLock(path, clock).held(purpose="train"):
        said = WriterLock(path).holder()
    assert said == f"process {os.getpid()} (train) since 2026-03-01 12:00:05 UTC"


def test_nobody_holds_a_lock_that_was_let_go(path):
    with WriterLock(path).held(purpose="train"):
        pass
    assert WriterLock(path).holder() == ""


def test_a_thread_that_holds_it_may_not_take_it_again(path):
    lock = WriterLock(path)
    with lock.held(purpose="train"), pytest.raises(RuntimeError):
        lock.acquire(purpose="train")


def test_threads_wait_for_one_another(path):
    lock, inside, most = WriterLock(path), [], []

    def work():
        for _ in range(20):
            with lock.held(purpose="count", timeout=20):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80


def test_a_thread_that_waited_in_vain_is_told_who_holds_it(path):
    lock, refusals = WriterLock(path), []

    def want():
        try:
            lock.acquire(purpose="train", timeout=0.05)
        except WorkspaceBusy as busy:
            refusals.append(str(busy))

    with lock.held(purpose="deploy"):
        thread = threading.Thread(target=want)
        thread.start()
        thread.join()
    assert "(deploy)" in refusals[0]


def test_a_refusal_leaves_the_lock_usable(path, holder):
    lock = WriterLock(path)
    with pytest.raises(WorkspaceBusy):
        lock.acquire(purpose="train")
    holder.stdin.close()
    holder.wait()
    with lock.held(purpose="train", timeout=5):
        assert "train" in lock.holder()


def test_letting_go_twice_is_letting_go_once(path):
    lock = WriterLock(path)
    lock.acquire(purpose="train")
    lock.release()
    lock.release()
    with lock.held(purpose="train"):
        pass


def test_a_folder_that_cannot_be_written_gives_one_clear_line(tmp_path):
    with pytest.raises(WorkspaceUnusable, match="cannot be written") as refusal:
        WriterLock(tmp_path / "nowhere" / "lock").acquire(purpose="train")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "purpose": "p", "since": "s"}', "\xff"]
)
def test_a_damaged_signature_names_nobody(path, text):
    path.write_text(text, encoding="latin-1")
    assert WriterLock(path).holder() == ""
