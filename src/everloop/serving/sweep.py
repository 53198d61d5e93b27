"""Ends connections that are past a deadline, and those that have nothing to say while the worker drains."""

import logging

from everloop.serving.connection import Connection, Phase
from everloop.serving.limits import Limits
from everloop.serving.refusal import Refused

log = logging.getLogger("everloop.serving")


def sweep(connections: set[Connection], limits: Limits, now: float) -> None:
    """Look at every connection once; `now` is of `time.perf_counter()`."""
    for connection in tuple(connections):
        waited = now - connection.since
        if connection.has_unsent:
            if waited > limits.unread_s:
                connection.end()
        elif connection.phase is Phase.LINGER:
            if waited > limits.linger_s:
                connection.end()
        elif connection.phase is Phase.IDLE:
            if waited > limits.idle_s:
                connection.end()
        elif connection.phase is Phase.HEAD:
            if waited > limits.head_s:
                _cut(connection, limits.head_s)
        elif connection.phase is Phase.ANSWER:
            # Not `waited`: a request whose head is known does not set it. Every tick answers, so this is our fault.
            if now - connection.started > limits.answer_s:
                log.error("a request was not answered within %g s; its connection is closed", limits.answer_s)
                connection.end()
        elif connection.phase is Phase.BODY and waited > limits.body_s:
            _cut(connection, limits.body_s)


def sweep_idle(connections: set[Connection]) -> None:
    """End every connection that is between two requests."""
    for connection in tuple(connections):
        if connection.is_idle:
            connection.end()


def _cut(connection: Connection, limit_s: float) -> None:
    if connection.is_idle:  # it never said anything
        connection.end()
        return
    detail = f"Waited {limit_s:g} s for {connection.phase.value}."
    connection.refuse(Refused(408, "too-slow", detail, closes=True))
