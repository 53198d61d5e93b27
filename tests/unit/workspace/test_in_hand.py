import pytest

from everloop.actions.queries.next_step import Next
from everloop.workspace.in_hand import PATIENCE_S, InHand


def standing(state: str = "", *, working: bool = False, moves: bool = False, cycle: str = "c.1") -> Next:
    return Next(
        endpoint="c", loop="c", mode="act", cycle=cycle, state=state, says="so", working=working, moves=moves
    )


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging"])
def test_jobs_are_waited_for_as_long_as_they_take(state):
    hand = InHand()
    assert all(hand.is_so(standing(state, working=True), now=now) for now in (0.0, 1000.0))


@pytest.mark.parametrize("state", ["reporting", "rolling", "waiting", ""])
def test_a_report_and_a_loop_that_waits_for_rows_hold_nothing_up(state):
    assert not InHand().is_so(standing(state, working=state == "reporting"), now=0)


def test_a_move_that_the_next_look_makes_is_waited_for_for_a_while():
    hand = InHand()
    told = [
        hand.is_so(standing("rolling", moves=True), now=now)
        for now in (5, 5 + PATIENCE_S - 1, 5 + PATIENCE_S)
    ]
    assert told == [True, True, False]


def test_each_move_is_waited_for_anew():
    hand = InHand()
    hand.is_so(standing("", moves=True, cycle=""), now=0)
    assert not hand.is_so(standing("", moves=True, cycle=""), now=PATIENCE_S)
    assert hand.is_so(standing("rolling", moves=True), now=PATIENCE_S)
    assert not hand.is_so(standing("rolling"), now=PATIENCE_S + 1)
    assert hand.is_so(standing("rolling", moves=True), now=PATIENCE_S + 2)
