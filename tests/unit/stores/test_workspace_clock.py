import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from everloop.clock import LATEST, FixedClock, Hand, ScaledClock, SystemClock, on_clock
from everloop.errors import StoredFormatUnknown
from everloop.settings import Pace, Settings
from everloop.stores.layout import Layout
from everloop.stores.workspace_clock import FollowedClock, clock_in_use, clock_of
from everloop.stores.workspace_folder import create_workspace

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = 1_000_000_000


class Machine:
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.ns = int(BEGIN.timestamp()) * SECOND

    def __call__(self) -> int:
        return self.ns

    def pass_s(self, seconds: float) -> None:
        self.ns += int(seconds * SECOND)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def layout(tmp_path) -> Layout:
    return create_workspace(tmp_path / ".everloop")


def at(speed: float) -> Settings:
    return Settings(clock=Pace(speed=speed))


def test_at_speed_one_a_workspace_has_the_machines_clock_and_nothing_is_kept(layout):
    assert isinstance(clock_of(layout, at(1)), SystemClock)
    assert not layout.clock.exists()


def test_at_speed_3600_ten_minutes_pass_in_a_sixth_of_a_second(layout, machine):
    clock = clock_of(layout, at(3600), source=machine)
    begun = clock.now()
    machine.pass_s(1 / 6)
    assert clock.now() - begun == pytest.approx(timedelta(minutes=10), abs=timedelta(milliseconds=1))


def test_it_begins_at_the_machines_moment(layout, machine):
    assert clock_of(layout, at(3600), source=machine).now() == BEGIN


def test_another_process_tells_the_same_time(layout, machine):
    first = clock_of(layout, at(3600), source=machine)
    machine.pass_s(5)
    assert clock_of(layout, at(3600), source=machine).now_ns() == first.now_ns()


@pytest.mark.parametrize("speeds", [(3600, 1), (3600, 60), (60, 3600), (1_000_000, 1.5)])
def test_time_goes_on_from_where_it_was_when_the_speed_changes(layout, machine, speeds):
    before, after = speeds
    clock = clock_of(layout, at(before), source=machine)
    machine.pass_s(10)
    reached = clock.now()
    changed = clock_of(layout, at(after), source=machine)
    assert changed.now() >= reached
    begun = changed.now()
    machine.pass_s(2)
    assert (changed.now() - begun).total_seconds() == pytest.approx(2 * after)


def test_a_process_that_has_not_noticed_a_slower_speed_is_never_ahead_of_it(layout, machine):
    unaware = clock_of(layout, at(3600), source=machine)
    machine.pass_s(10)
    slower = clock_of(layout, at(1), source=machine)
    machine.pass_s(1.5)
    assert slower.now() >= unaware.now()


def test_a_clock_that_was_fast_and_is_declared_slow_does_not_fall_back_to_the_machines(layout, machine):
    clock_of(layout, at(3600), source=machine)
    machine.pass_s(60)
    assert clock_of(layout, at(1), source=machine).now() > BEGIN + timedelta(hours=59)


def test_who_serves_follows_another_speed_while_it_runs(layout):
    followed = FollowedClock(layout)
    assert followed.hand.now_ns is time.time_ns
    clock = clock_of(layout, at(1000))
    followed.look()
    assert followed.hand.speed == 1000
    before = clock.now_ns()
    told = followed.hand.now_ns()
    assert before <= told <= clock.now_ns()


def test_the_clock_in_use_is_the_one_that_was_kept_whatever_is_declared(layout, machine):
    assert isinstance(clock_in_use(layout), SystemClock)
    clock_of(layout, at(50))
    in_use = clock_in_use(layout)
    assert isinstance(in_use, ScaledClock)
    assert in_use.speed == 50


def test_a_clock_of_a_newer_format_is_refused(layout):
    layout.clock.write_text(json.dumps({"format": "everloop.clock/9"}))
    with pytest.raises(StoredFormatUnknown):
        clock_of(layout, at(2))


def test_time_stands_still_before_it_no_longer_fits_where_it_is_kept():
    clock = ScaledClock(machine_ns=0, platform_ns=0, speed=1_000_000.0, source=lambda: LATEST)
    assert clock.now() == datetime(2262, 1, 1, tzinfo=UTC)


def test_a_machines_second_is_long_on_a_fast_clock():
    fast = ScaledClock(machine_ns=0, platform_ns=0, speed=60.0)
    assert on_clock(fast, timedelta(seconds=1)) == timedelta(minutes=1)
    assert on_clock(FixedClock(BEGIN), timedelta(seconds=1)) == timedelta(seconds=1)


def test_a_hand_that_follows_nothing_is_the_machines_clock():
    assert Hand().now_ns is time.time_ns
