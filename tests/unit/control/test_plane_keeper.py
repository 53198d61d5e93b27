import pytest

from everloop.control import plane_keeper
from everloop.control.plane_keeper import PlaneKeeper
from everloop.serving.supervisor_config import SupervisorConfig


class Supervisor:
    """Stands in for the process: it ends when it is told to."""

    started: list["Supervisor"]

    def __init__(self, config):
        self.code = None
        self.stops = 0
        self.started.append(self)

    def ended(self):
        return self.code

    def ask_to_stop(self):
        self.stops += 1

    def stop(self):
        self.stops += 1


@pytest.fixture
def keeper(monkeypatch):
    Supervisor.started = []
    monkeypatch.setattr(plane_keeper, "SupervisorProcess", Supervisor)
    monkeypatch.setattr(plane_keeper.time, "monotonic", lambda: 100.0)
    return PlaneKeeper(SupervisorConfig(root="."))


def test_one_that_runs_is_left_alone(keeper):
    assert keeper.keep(101.0) is None
    assert keeper.idle_s(101.0) is None
    assert len(Supervisor.started) == 1


@pytest.mark.parametrize(("code", "passed_on"), [(1, 1), (2, 2), (0, 1)])
def test_one_that_never_served_ends_it_all_with_its_code(keeper, code, passed_on):
    Supervisor.started[0].code = code
    assert keeper.keep(101.0) == passed_on


def test_one_that_was_killed_before_it_was_seen_to_serve_is_followed_by_another(keeper):
    Supervisor.started[0].code = -9
    assert keeper.keep(120.0) is None
    assert len(Supervisor.started) == 2


def test_one_that_served_is_followed_by_another(keeper):
    keeper.has_served = True
    Supervisor.started[0].code = -9
    assert keeper.keep(120.0) is None
    assert len(Supervisor.started) == 2
    assert Supervisor.started[0].stops == 1


def test_those_that_keep_dying_are_started_ever_more_slowly(keeper):
    keeper.has_served = True
    Supervisor.started[0].code = 1
    assert keeper.keep(100.0) is None  # at once
    Supervisor.started[1].code = 1
    assert keeper.keep(100.0) is None
    assert keeper.process is None
    assert keeper.idle_s(100.0) == pytest.approx(0.05)
    keeper.keep(100.04)
    assert len(Supervisor.started) == 2
    keeper.keep(100.06)
    assert len(Supervisor.started) == 3


def test_stopping_without_a_process_is_nothing(keeper):
    keeper.process = None
    keeper.ask_to_stop()
    keeper.stop()
