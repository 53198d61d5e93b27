"""An upstream that is slow, broken, cut off or gone: clients are told, and errors are captured as errors."""

import json
import socket
import struct
from contextlib import closing

import pytest

from everloop.errors import InvalidRequest
from everloop.serving.proxy.config import Upstream
from everloop.testing.running_worker import read_all, read_answer, wait_until


def problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)["code"]


def errors(proxy) -> list[str]:
    return [answered.error for _, answered in proxy.captured() if answered.error]


def test_a_500_comes_back_as_it_is_and_is_captured_as_an_error(proxy, ask):
    assert proxy.exchange(ask("/fail")).endswith(b'{"error": "out of order"}')
    _, answered = proxy.captured()[-1]
    assert (answered.error, answered.output) == ("the upstream answered 500", b"")
    assert json.loads(answered.body)["instances"] == [{"a": 2, "b": 1}]


def test_a_request_that_was_declined_is_no_answer(proxy, ask):
    before = len(proxy.captured())
    assert proxy.exchange(ask("/decline")).startswith(b"HTTP/1.1 422 ")
    assert len(proxy.captured()) == before


@pytest.mark.parametrize("path", ["/cut", "/cut-chunks"])
def test_an_answer_that_breaks_off_breaks_off_for_the_client_too(proxy, ask, path):
    answer = proxy.exchange(ask(path, closes=False))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not answer.endswith(b"0\r\n\r\n")
    assert "in the middle of its answer" in errors(proxy)[-1]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/silent", 502, "upstream-lost"),
        ("/nonsense", 502, "upstream-broken"),
        ("/never", 504, "upstream-timeout"),
    ],
)
def test_no_answer_is_told_with_a_reason_and_captured_as_an_error(proxy, ask, path, status, code):
    assert problem(proxy.exchange(ask(path))) == (status, code)
    assert errors(proxy)[-1].startswith("The upstream")


def test_an_upstream_that_refuses_connections_is_a_502(start_proxy, upstream, ask):
    with closing(upstream_that_is_gone()) as gone:
        own = start_proxy(f"http://127.0.0.1:{gone.getsockname()[1]}")
        assert problem(own.exchange(ask("/predict"))) == (502, "upstream-unreachable")
    assert "takes no connection" in errors(own)[-1]


def test_a_slow_upstream_holds_up_nobody_else(proxy, upstream, ask):
    before = waiting(upstream)
    upstream.go_on.clear()
    with closing(proxy.connect()) as slow:
        slow.sendall(ask("/wait", closes=False))
        wait_until(lambda: waiting(upstream) > before)
        assert proxy.exchange(ask("/predict")).startswith(b"HTTP/1.1 200")
        upstream.go_on.set()
        assert read_answer(slow)[0] == 200


def test_a_question_that_an_idle_connection_lost_is_asked_again_where_that_is_safe(proxy, upstream):
    with closing(proxy.connect()) as client:
        for _ in range(5):
            client.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert read_answer(client)[0] == 200
            upstream.hang_up()


def test_a_question_that_may_have_been_heard_is_not_asked_again(proxy, upstream, ask):
    before = len([one for one in upstream.asked if one.path == "/silent"])
    with closing(proxy.connect()) as client:
        # A GET, for the proxy asks it again where an earlier test's connection was hung up on
        client.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(client)[0] == 200  # there is an idle connection now
        client.sendall(ask("/silent"))
        assert problem(read_all(client)) == (502, "upstream-lost")
    assert len([one for one in upstream.asked if one.path == "/silent"]) == before + 1


def test_what_an_impatient_client_left_behind_is_counted_and_not_captured(start_proxy, upstream, ask):
    own = start_proxy(upstream.url)
    before = waiting(upstream)
    upstream.go_on.clear()
    with closing(own.connect()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing breaks off
        client.sendall(ask("/wait"))
        wait_until(lambda: waiting(upstream) > before)
    wait_until(lambda: own.status().abandoned == 1)
    upstream.go_on.set()
    assert own.captured() == []


def test_a_proxy_that_is_told_to_leave_lets_answers_arrive(start_proxy, upstream, ask):
    own = start_proxy(upstream.url)
    before = waiting(upstream)
    upstream.go_on.clear()
    with closing(own.connect()) as client:
        client.sendall(ask("/wait", closes=False))
        wait_until(lambda: waiting(upstream) > before)
        own.process.terminate()
        wait_until(lambda: not takes_connections(own))
        upstream.go_on.set()
        assert read_all(client).startswith(b"HTTP/1.1 200 OK")
    assert own.end() == 143
    assert len(own.captured()) == 1


@pytest.mark.parametrize(
    "url", ["127.0.0.1:5001", "ftp://x", "http://x/path", "http://", "http://a:b@x", "http://x:99999999"]
)
def test_what_is_no_upstream_is_refused(url):
    with pytest.raises(InvalidRequest, match=r"http://|no URL|more than a host"):
        Upstream.of(url)


def takes_connections(proxy) -> bool:
    try:
        proxy.connect().close()
    except ConnectionRefusedError:
        return False
    return True


def waiting(upstream) -> int:
    """How many requests came to `/wait` so far."""
    return sum(one.path == "/wait" for one in upstream.asked)


def upstream_that_is_gone():
    """A socket with a port that nobody listens on."""
    gone = socket.socket()
    gone.bind(("127.0.0.1", 0))
    return gone
