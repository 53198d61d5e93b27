"""Clocks tell aware UTC times; a fixed one moves only when told."""

import time
from datetime import UTC, datetime, timedelta

from everloop.clock import FixedClock, SystemClock


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_system_clock_agrees_with_the_machine():
    before = time.time()
    told = SystemClock().now().timestamp()
    assert before - 0.001 <= told <= time.time() + 0.001


def test_a_fixed_clock_stands_still():
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_fixed_clock_can_jump_back():
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    clock.advance(timedelta(hours=-1))
    assert clock.now() == datetime(2026, 2, 28, 23, tzinfo=UTC)
