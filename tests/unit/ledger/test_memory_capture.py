import pytest

from everloop.errors import CaptureFailed
from everloop.ledger.memory_capture import MemoryCapture
from everloop.testing.capture_exam import CaptureLogExam, answered, context, received


class TestMemoryCapture(CaptureLogExam):
    @pytest.fixture
    def log(self):
        return MemoryCapture()


def test_a_full_log_keeps_nothing_of_a_group_and_works_again_afterwards():
    log = MemoryCapture()
    log.full = True
    with pytest.raises(CaptureFailed):
        log.append((), [received(1)])
    log.full = False
    log.append((), [received(2)])
    assert [o.prediction for s in log.segments() for o in s.outcomes] == ["p2"]


def test_many_groups_are_due_for_rotation():
    log = MemoryCapture(max_groups=2)
    number = log.context(context())
    log.append([answered(1, context=number)])
    assert not log.rotate()
    log.append([answered(2, context=number)])
    assert log.rotate()
