from everloop.serving.restarts import Restarts


def waits(lives, *, others_answer):
    """The wait after each of some lives; a life is the seconds since ready, or None for never ready."""
    restarts, found = Restarts(), []
    for life in lives:
        restarts = restarts.after(life)
        found.append(restarts.wait_s(was_ready=life is not None, others_answer=others_answer))
    return found


def test_the_first_death_is_made_good_at_once():
    assert waits([None], others_answer=True) == [0.0]
    assert waits([0.1], others_answer=True) == [0.0]


def test_those_who_never_become_ready_wait_twice_as_long_each_time_up_to_ten_seconds():
    assert waits([None] * 12, others_answer=True) == [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]


def test_those_who_were_ready_wait_a_second_at_most_while_others_answer():
    assert waits([0.2] * 8, others_answer=True) == [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_nobody_waits_while_clients_wait_for_the_only_worker():
    assert waits([0.2] * 8, others_answer=False) == [0.0] * 8


def test_a_long_life_clears_the_record():
    assert waits([None, None, None, 6.0, None], others_answer=True) == [0, 0.05, 0.1, 0, 0]
