import pytest

from everloop.evaluation.choose import Examined, choose
from everloop.evaluation.gain import Gain
from everloop.records.endpoint import VersionRef
from everloop.records.verdict import Verdict


def verdict(kind, *, reason="so it is", more=None, needed=True):
    return Verdict(policy="G001", name="n", verdict=kind, reason=reason, more_rows=more, needed=needed)


def one(number, *verdicts, gain=None):
    ref = VersionRef(model="m", number=number)
    gain = None if gain is None else Gain(value=gain, low=gain - 0.02, high=gain + 0.03)
    return Examined(candidate=ref, verdicts=verdicts, metric="accuracy", gain=gain, rows=100)


def test_of_those_that_passed_everything_the_largest_gain_wins():
    choice = choose(
        [
            one(1, verdict("pass"), gain=0.01),
            one(2, verdict("pass"), gain=0.03),
            one(3, verdict("pass"), verdict("fail"), gain=0.2),
        ]
    )
    assert choice.winner == VersionRef(model="m", number=2)
    assert choice.reason == (
        "m@2 passes 1 checks, accuracy on 100 answers served after both were trained, +3.0 points [+1.0, +6.0]; "
        "before m@1, m@3"
    )


def test_a_winner_whose_interval_holds_nothing_says_that_no_gain_is_shown():
    reason = choose([one(1, verdict("pass"), gain=0.01)]).reason
    assert reason.endswith("served after both were trained, no gain shown: +1.0 points [-1.0, +4.0]")


def test_of_equal_gains_the_first_wins():
    choice = choose([one(5, verdict("pass"), gain=0.0), one(4, verdict("pass"), gain=0.0)])
    assert choice.winner == VersionRef(model="m", number=5)


def test_one_that_passed_does_not_wait_for_one_that_may_yet():
    choice = choose([one(1, verdict("undecided"), gain=0.5), one(2, verdict("pass"), gain=0.0)])
    assert choice.winner == VersionRef(model="m", number=2)


def test_undecided_is_held_back_and_says_for_how_many_rows():
    choice = choose(
        [
            one(1, verdict("pass"), verdict("undecided", more=300), verdict("undecided", more=40)),
            one(2, verdict("undecided", more=250, reason="too few rows")),
            one(3, verdict("fail")),
        ]
    )
    assert (choice.winner, choice.undecided, choice.more_rows) == (None, True, 250)
    assert "m@2: too few rows" in choice.reason
    assert "m@3" not in choice.reason


def test_nobody_can_say_how_many_rows_where_one_gate_cannot():
    choice = choose([one(1, verdict("undecided", more=40), verdict("undecided"))])
    assert (choice.undecided, choice.more_rows) == (True, None)


def test_what_is_not_needed_holds_nothing_back():
    choice = choose([one(1, verdict("pass"), verdict("undecided", needed=False))])
    assert choice.winner == VersionRef(model="m", number=1)


def test_a_failure_counts_even_where_it_was_not_needed():
    assert choose([one(1, verdict("pass"), verdict("fail", needed=False))]).winner is None


def test_all_refused_tells_the_first_reason_of_each():
    choice = choose(
        [
            one(1, verdict("fail", reason="a"), verdict("fail", reason="b")),
            one(2, verdict("fail", reason="c")),
        ]
    )
    assert (choice.winner, choice.undecided) == (None, False)
    assert choice.reason == "m@1: a; m@2: c"


def test_no_candidate_is_no_winner():
    assert choose([]).reason == "there is no candidate"


@pytest.mark.parametrize(
    ("verdicts", "standing"),
    [
        (["pass"], "passed"),
        (["pass", "undecided"], "undecided"),
        (["undecided", "fail"], "refused"),
        ([], "passed"),
    ],
)
def test_standing(verdicts, standing):
    assert one(1, *map(verdict, verdicts)).standing == standing
