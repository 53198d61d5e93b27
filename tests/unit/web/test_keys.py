from datetime import UTC, datetime, timedelta

import pytest

from everloop.access.tokens import new_token
from everloop.clock import FixedClock
from everloop.web.keys import LIFE, Keys, new_key

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = new_token()


@pytest.fixture
def clock():
    return FixedClock(NOW)


@pytest.fixture
def keys(clock):
    return Keys(SECRET, clock)


def test_a_key_is_good_once(keys, clock):
    key = new_key(SECRET, clock.now())
    assert [keys.take(key) for _ in range(3)] == [True, False, False]


def test_each_key_is_another_and_fits_a_url(clock):
    made = {new_key(SECRET, clock.now()) for _ in range(100)}
    assert len(made) == 100
    assert all(key.replace("-", "").replace("_", "").isalnum() for key in made)


@pytest.mark.parametrize(("after", "good"), [(LIFE, True), (LIFE + timedelta(seconds=1), False)])
def test_a_key_lives_a_quarter_of_an_hour(keys, clock, after, good):
    key = new_key(SECRET, clock.now())
    clock.advance(after)
    assert keys.take(key) is good


def test_a_taken_key_stays_taken_for_as_long_as_it_would_live(keys, clock):
    key = new_key(SECRET, clock.now())
    assert keys.take(key)
    clock.advance(LIFE)
    assert not keys.take(key)


def test_a_key_from_before_the_start_is_refused_because_an_earlier_process_may_have_taken_it(clock):
    key = new_key(SECRET, clock.now() - timedelta(seconds=2))
    assert not Keys(SECRET, clock).take(key)


def test_a_key_of_another_workspace_is_refused(keys, clock):
    assert not keys.take(new_key(new_token(), clock.now()))


def test_a_key_from_far_ahead_is_refused(keys, clock):
    assert not keys.take(new_key(SECRET, clock.now() + 2 * LIFE))


def test_a_key_with_any_character_changed_is_refused(keys, clock):
    key = new_key(SECRET, clock.now())
    for place in range(len(key) - 1):  # the last character's low bits are padding
        other = "A" if key[place] != "A" else "B"
        assert not keys.take(key[:place] + other + key[place + 1 :])
    assert keys.take(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "=" * 43,
        "é" * 43,
        "A" * 43,
        "A" * 10_000,
        "%00",
        "../" * 9,
        pytest.param(SECRET, id="secret"),
    ],
)
def test_what_is_no_key_is_refused(keys, text):
    assert not keys.take(text)


def test_wrong_ones_are_counted_until_a_right_one(keys, clock):
    for _ in range(3):
        keys.take("x")
    assert keys.wrong == 3
    keys.take(new_key(SECRET, clock.now()))
    assert keys.wrong == 0
