"""Ends what takes too long: callers that send or take too slowly, and answers that do not come."""

from collections.abc import Iterable

from everloop.serving.connection import Phase
from everloop.serving.limits import Limits
from everloop.serving.proxy.client_side import ClientSide
from everloop.serving.refusal import Refused

SLOWEST = 64 * 1024  # bytes a second: a body that comes no slower may take its time


def end_overdue(clients: Iterable[ClientSide], limits: Limits, now: float, *, answer_s: float) -> None:
    """Look at every client once; `now` is of `time.perf_counter()`."""
    for client in tuple(clients):
        waited = now - client.since
        if client.has_unsent:
            if waited > limits.unread_s:
                client.abort()
        elif client.phase is Phase.LINGER:
            if waited > limits.linger_s:
                client.abort()
        elif client.phase is Phase.IDLE:
            if waited > limits.idle_s:
                client.abort()
        elif client.phase is Phase.HEAD:
            if waited > limits.head_s:
                _cut(client, limits.head_s)
        else:
            _look_at_exchange(client, limits, now, waited, answer_s)


def _look_at_exchange(client: ClientSide, limits: Limits, now: float, waited: float, answer_s: float) -> None:
    exchange = client.exchange
    allowed = limits.body_s + client.body_bytes / SLOWEST
    if client.phase is Phase.BODY and not client.is_paused and waited > allowed:
        _cut(client, limits.body_s)
    elif exchange is not None and not exchange.is_answered and now - exchange.progress > answer_s:
        if exchange.upstream is None or not (exchange.is_whole or client.is_paused):
            return  # it is being connected, or the client is at it
        detail = f"The upstream was silent for {answer_s:g} s."
        exchange.fail(Refused(504, "upstream-timeout", detail))


def _cut(client: ClientSide, limit_s: float) -> None:
    if client.is_idle:  # it never said anything
        client.abort()
        return
    detail = f"Waited {limit_s:g} s for {client.phase.value}."
    client.refuse(Refused(408, "too-slow", detail, closes=True))
