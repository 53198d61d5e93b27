"""The segment files: what a full disk, a sealed log and the clock do to them."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from everloop.errors import CaptureFailed
from everloop.ledger import segment as segment_module
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.segment import SegmentLog
from everloop.testing.capture_exam import CaptureLogExam, answered, context, ids, received


class TestWritten(CaptureLogExam):
    @pytest.fixture
    def log(self, tmp_path):
        log = SegmentLog(tmp_path / "capture")
        yield log
        log.close()


class TestSynced(CaptureLogExam):
    @pytest.fixture
    def log(self, tmp_path):
        log = SegmentLog(tmp_path / "capture", promise="synced")
        yield log
        log.close()


@pytest.fixture
def log(tmp_path):
    log = SegmentLog(tmp_path)
    yield log
    log.close()


def short_writes(monkeypatch, *, after: int):
    """Let files take `after` more bytes, as a disk that fills up does."""
    room = [after]
    write = os.write

    def limited(fd, data):
        if room[0] <= 0:
            raise OSError(28, "No space left on device")
        taken = write(fd, data[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(segment_module.os, "write", limited)


@pytest.mark.parametrize("after", [0, 1, 12, 13, 40])
def test_a_group_that_the_disk_takes_in_part_leaves_no_trace(log, monkeypatch, after):
    log.append((), [received(1)])
    with monkeypatch.context() as patched:
        short_writes(patched, after=after)
        with pytest.raises(CaptureFailed):
            log.append((), [received(2)])
    log.append((), [received(3)])
    (segment,) = log.segments()
    assert [o.prediction for o in segment.outcomes] == ["p1", "p3"]
    assert (segment.torn_bytes, segment.damaged_bytes) == (0, 0)


def test_a_context_whose_write_failed_is_written_again(log, monkeypatch):
    log.append((), [received(1)])
    number = log.context(context())
    with monkeypatch.context() as patched:
        short_writes(patched, after=50)
        with pytest.raises(CaptureFailed):
            log.append([answered(1, context=number)])
    log.append([answered(2, context=number)])
    (segment,) = log.segments()
    assert segment.contexts == {number: context()}
    assert ids(log) == ["p2"]


def test_a_log_that_cannot_even_begin_says_so_and_leaves_no_file(log, monkeypatch, tmp_path):
    with monkeypatch.context() as patched:
        short_writes(patched, after=0)
        with pytest.raises(CaptureFailed, match="space"):
            log.append((), [received(1)])
    assert os.listdir(tmp_path) == []
    log.append((), [received(2)])
    assert len(log.segments()) == 1


def test_a_file_size_limit_refuses_and_lets_go_again(tmp_path):
    """A real limit of the kernel, in a process of its own."""
    script = f"""
import resource
from everloop.errors import CaptureFailed
from everloop.ledger.segment import SegmentLog
from everloop.testing.capture_exam import received
from pathlib import Path
log = SegmentLog(Path({str(tmp_path)!r}))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
kept, refused = [], 0
for number in range(100):
    if number == 50:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    try:
        log.append((), [received(number)])
        kept.append(number)
    except CaptureFailed:
        refused += 1
found = [int(o.prediction[1:]) for s in log.segments() for o in s.outcomes]
holes = sum(s.torn_bytes + s.damaged_bytes for s in log.segments())
print(found == kept, refused > 30, len(kept) > 50, holes)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True", "0"]


def test_after_a_failed_sync_nothing_more_is_appended_to_that_segment(tmp_path, monkeypatch):
    log = SegmentLog(tmp_path, promise="synced")
    log.append((), [received(1)])
    with monkeypatch.context() as patched:
        patched.setattr(segment_module.os, "fdatasync", _input_output_error)
        with pytest.raises(CaptureFailed):
            log.append((), [received(2)])
    log.append((), [received(3)])
    first, second = log.segments()
    assert [o.prediction for o in first.outcomes] == ["p1"]
    assert [o.prediction for o in second.outcomes] == ["p3"]
    log.close()


def test_a_segment_that_cannot_be_cut_is_given_up(log, monkeypatch):
    log.append((), [received(1)])
    with monkeypatch.context() as patched:
        short_writes(patched, after=30)
        patched.setattr(segment_module.os, "ftruncate", _input_output_error)
        with pytest.raises(CaptureFailed):
            log.append((), [received(2)])
    log.append((), [received(3)])
    first, second = log.segments()
    assert ([o.prediction for o in first.outcomes], first.torn_bytes) == (["p1"], 30)
    assert ([o.prediction for o in second.outcomes], second.torn_bytes) == (["p3"], 0)


def test_an_empty_segment_is_never_rotated(tmp_path):
    log = SegmentLog(tmp_path, max_age_s=0.0)
    assert not log.rotate()


def test_age_rotates_a_segment_that_holds_something(tmp_path):
    log = SegmentLog(tmp_path, max_age_s=0.0)
    log.append((), [received(1)])
    assert log.rotate()
    assert [segment.sealed for segment in log.segments()] == [True]


def test_size_rotates_a_segment(tmp_path):
    log = SegmentLog(tmp_path, max_bytes=300)
    log.append((), [received(1)])
    assert not log.rotate()
    for number in range(5):
        log.append((), [received(number)])
    assert log.rotate()


def test_a_living_worker_keeps_its_segment(log, tmp_path):
    log.append((), [received(1)])
    assert CaptureFolder(tmp_path).seal_abandoned() == []
    assert [segment.sealed for segment in log.segments()] == [False]


def test_the_segment_of_a_killed_worker_is_sealed_but_not_clean(tmp_path):
    script = f"""
import os, signal
from pathlib import Path
from everloop.ledger.segment import SegmentLog
from everloop.testing.capture_exam import received
log = SegmentLog(Path({str(tmp_path)!r}))
log.append((), [received(1)])
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    folder = CaptureFolder(tmp_path)
    (name,) = folder.seal_abandoned()
    segment = folder.read(name)
    assert segment is not None
    assert (segment.sealed, segment.clean, len(segment.outcomes)) == (True, False, 1)


def test_nothing_follows_an_end_whose_seal_failed(log, monkeypatch, tmp_path):
    log.append((), [received(1)])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _input_output_error)
        with pytest.raises(OSError, match="Input/output"):
            log.seal()
    log.append((), [received(2)])
    first, second = log.segments()
    assert (first.clean, [o.prediction for o in first.outcomes]) == (True, ["p1"])
    assert (second.clean, [o.prediction for o in second.outcomes]) == (False, ["p2"])
    assert CaptureFolder(tmp_path).seal_abandoned() == [first.id]


def test_a_log_that_cannot_seal_is_closed_all_the_same(log, monkeypatch):
    log.append((), [received(1)])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _input_output_error)
        with pytest.raises(OSError, match="Input/output"):
            log.close()
    with pytest.raises(CaptureFailed, match="closed"):
        log.append((), [received(2)])


def test_what_a_worker_left_that_died_while_it_made_a_segment_is_removed_later(tmp_path):
    (tmp_path / "w-000000.new").touch()
    (tmp_path / "v-000000.new").touch()
    os.utime(tmp_path / "v-000000.new", (0, 0))
    CaptureFolder(tmp_path).seal_abandoned()
    assert os.listdir(tmp_path) == ["w-000000.new"]


def _input_output_error(*_):
    raise OSError(5, "Input/output error")
