"""Connections as the sweep sees them: a phase, and since when."""

from types import SimpleNamespace

import pytest

from everloop.serving.connection import Phase
from everloop.serving.limits import Limits
from everloop.serving.sweep import sweep

NOW = 1000.0


def is_ended(phase: Phase, *, began: float, since: float) -> bool:
    ended = []
    connection = SimpleNamespace(
        phase=phase, started=began, since=since, has_unsent=False, end=lambda: ended.append(True)
    )
    sweep({_Hashed(connection)}, Limits(), NOW)
    return bool(ended)


class _Hashed:
    """Sets want members that have a hash."""

    def __init__(self, inner: SimpleNamespace) -> None:
        self.__dict__ = inner.__dict__


@pytest.mark.parametrize(("waited", "ended"), [(59.0, False), (61.0, True)])
def test_a_lost_answer_does_not_keep_its_connection_for_ever(waited: float, ended: bool):
    assert is_ended(Phase.ANSWER, began=NOW - waited, since=NOW - waited) is ended


def test_the_wait_for_an_answer_does_not_count_the_rest_before_the_request():
    assert not is_ended(Phase.ANSWER, began=NOW - 1, since=NOW - 70)
