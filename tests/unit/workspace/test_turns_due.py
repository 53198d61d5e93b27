from everloop.loop.triggers import AfterOutcomes, Every, OnDrift
from everloop.workspace.turns_due import PATIENCE_S, TurnsDue


def due(*triggers) -> TurnsDue:
    return TurnsDue([trigger.rule() for trigger in triggers])


def test_a_loop_is_due_when_there_are_as_many_truths_as_it_asks_for():
    turns = due(AfterOutcomes(100), OnDrift(), AfterOutcomes(50))
    assert [turns.is_due(truths, now=0) for truths in (49, 50, 120)] == [False, True, True]


def test_after_a_turn_it_counts_from_there():
    turns = due(AfterOutcomes(50))
    turns.turned(70)
    assert [turns.is_due(truths, now=0) for truths in (119, 120)] == [False, True]


def test_one_that_does_not_turn_is_waited_for_for_a_while_only():
    turns = due(AfterOutcomes(50))
    assert turns.is_due(50, now=10.0)
    assert turns.is_due(50, now=10.0 + PATIENCE_S - 1)
    assert not turns.is_due(50, now=10.0 + PATIENCE_S)


def test_a_loop_that_counts_no_truths_is_never_due():
    assert not due(Every("1d"), OnDrift()).is_due(10_000, now=0)
