import pytest

from everloop.access.policy import Principal
from everloop.records.actor import Actor
from everloop.web.sessions import IDLE_S, LIFE_S, MOST, Sessions

OWNER = Principal(actor=Actor(kind="person", name="ada"), role="maintainer")


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def sessions(time):
    return Sessions(time)


def test_a_session_is_found_by_its_name_alone(sessions):
    name = sessions.begin(OWNER)
    assert sessions.of(name).principal == OWNER
    assert sessions.of(name + "x") is None
    assert sessions.of("") is None


def test_names_and_form_tokens_are_all_different_and_the_name_is_not_kept(sessions):
    names = [sessions.begin(OWNER) for _ in range(10)]
    tokens = {sessions.of(name).form_token for name in names}
    assert len(set(names)) == len(tokens) == 10
    assert not any(name in repr(vars(sessions)) for name in names)


def test_silence_ends_it(sessions, time):
    name = sessions.begin(OWNER)
    time.seconds += IDLE_S
    assert sessions.of(name) is not None
    time.seconds += IDLE_S + 1
    assert sessions.of(name) is None


def test_a_stream_keeps_it_from_silence_but_not_for_ever(sessions, time):
    session = sessions.of(sessions.begin(OWNER))
    while time.seconds < 1000 + LIFE_S:
        assert sessions.is_alive(session)
        time.seconds += IDLE_S / 2
    time.seconds += 1
    assert not sessions.is_alive(session)


def test_one_that_was_ended_is_dead_for_its_cookie_and_its_streams(sessions):
    name = sessions.begin(OWNER)
    session = sessions.of(name)
    sessions.end(session)
    assert sessions.of(name) is None
    assert not sessions.is_alive(session)


def test_there_are_only_so_many_and_the_longest_silent_makes_room(sessions, time):
    names = []
    for _ in range(MOST):
        names.append(sessions.begin(OWNER))
        time.seconds += 1
    sessions.of(names[0])
    time.seconds += 1
    sessions.begin(OWNER)
    assert sessions.of(names[0]) is not None
    assert sessions.of(names[1]) is None
    assert sum(sessions.of(name) is not None for name in names) == MOST - 1
