"""Everything passes as it came, in both directions."""

import re
import socket
from contextlib import closing

import pytest

from everloop.testing.running_worker import read_all, read_answer

GET = b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"


def asked_at(upstream, path):
    """The newest request that the upstream got at `path`."""
    return next(one for one in reversed(upstream.asked) if one.path == path)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_method_a_path_and_a_body_arrive_as_they_were_sent(proxy, upstream, method):
    path = b"/echo?q=%b&x=%%2F%%20{}|" % method.encode()
    sent = (
        b"%b %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\n\x00\xff\n"
        % (
            method.encode(),
            path,
        )
    )
    answer = proxy.exchange(sent)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n\x00\xff\n")
    asked = upstream.asked[-1]
    assert (asked.method, asked.path.encode(), asked.body) == (method, path, b"\x00\xff\n")


def test_headers_arrive_in_their_order_and_spelling_but_those_of_the_connection(proxy, upstream):
    proxy.exchange(
        b"GET /echo HTTP/1.1\r\nHost: LocalHost:99\r\nX-One: 1\r\nx-ONE: 2\r\nAuthorization: Bearer s\r\n"
        b"Connection: close, X-Mine\r\nX-Mine: gone\r\nKeep-Alive: 5\r\nTE: trailers\r\nCookie: a=b\r\n\r\n"
    )
    lines = upstream.asked[-1].head.split(b"\r\n")
    assert lines[1:-2] == [
        b"Host: LocalHost:99",
        b"X-One: 1",
        b"x-ONE: 2",
        b"Authorization: Bearer s",
        b"Cookie: a=b",
    ]


def test_a_header_that_frames_the_body_cannot_be_talked_away(proxy, upstream):
    proxy.exchange(
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close, content-length\r\nContent-Length: 2\r\n\r\nab"
    )
    assert upstream.asked[-1].body == b"ab"


def test_headers_of_the_answer_come_back_in_their_order_and_spelling(proxy, ask):
    head = proxy.exchange(ask("/predict")).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert head[:4] == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json",
        b"X-Upstream: Yes",
        b"x-upstream: twice",
    ]


def test_another_status_comes_back_with_its_words(proxy):
    answer = proxy.exchange(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert answer.endswith(b"there is nothing here")


def test_a_connection_serves_many_requests_and_so_does_the_one_behind_it(start_proxy, upstream):
    own = start_proxy(upstream.url)
    before = upstream.connections
    with closing(own.connect()) as client:
        for _ in range(20):
            client.sendall(GET)
            assert read_answer(client)[0] == 200
    assert upstream.connections - before == 1


def test_pipelined_requests_are_answered_in_their_order(proxy, ask):
    rows = [(1, 2), (2, 1), (3, 4), (4, 3)]
    sent = b"".join(ask("/predict", row, closes=row == rows[-1]) for row in rows)
    assert re.findall(rb"less|more", proxy.exchange(sent)) == [b"less", b"more", b"less", b"more"]


def test_a_body_in_chunks_passes_in_chunks(proxy, upstream):
    sent = (
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    answer = proxy.exchange(sent + b"5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: gone\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nhello world")
    assert b"transfer-encoding: chunked" in upstream.asked[-1].head.lower()


def test_an_answer_in_chunks_comes_back_in_chunks(proxy, ask):
    answer = proxy.exchange(ask("/chunks"))
    assert b"transfer-encoding: chunked\r\n" in answer
    assert _dechunked(answer) == b'{"predictions": ["more"]}'


def test_an_old_client_gets_an_answer_in_chunks_without_them(proxy, ask):
    answer = proxy.exchange(ask("/chunks").replace(b"HTTP/1.1", b"HTTP/1.0"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body == b'{"predictions": ["more"]}'


def test_an_answer_that_ends_with_its_connection_ends_the_clients(proxy, ask):
    answer = proxy.exchange(ask("/until-close", closes=False))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert body == b'{"predictions": ["more"]}'


def test_a_head_has_the_length_of_what_it_leaves_out(proxy):
    with closing(proxy.connect()) as client:
        for _ in range(2):  # the connection behind it stays of use
            client.sendall(b"HEAD /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1000)
            assert b"Content-Length: 4\r\n" in head
        client.sendall(GET)
        assert read_answer(client)[0] == 200


def test_a_client_that_asks_whether_to_go_on_is_told_by_the_upstream(proxy):
    with closing(proxy.connect()) as client:
        client.sendall(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        client.sendall(b"ab")
        assert read_answer(client)[2] == b"ab"


def test_a_refusal_in_the_middle_of_an_upload_arrives(proxy):
    with closing(proxy.connect()) as client:
        client.sendall(
            b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100
        )
        assert read_all(client).startswith(b"HTTP/1.1 413 Too Large\r\n")


def test_bytes_pass_while_they_come_and_are_not_gathered(proxy, upstream):
    with closing(proxy.connect()) as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
        for _ in range(20):
            client.sendall(b"y" * 100_000)
        status, _, body = read_answer(client)
    assert (status, len(body), set(body)) == (200, 2_000_000, {ord("y")})


def test_a_client_that_does_not_read_holds_the_upstream_back(proxy):
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(("127.0.0.1", proxy.port))
        client.sendall(
            b"POST /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n60"
        )
        before = _memory(proxy)
        received = most = 0
        while part := client.recv(1 << 16):
            received += len(part)
            most = max(most, _memory(proxy) - before)
    assert most < 16_000_000, "the answer is gathered in the proxy"
    assert received > 60_000_000


def test_the_upstreams_own_name_can_take_the_place_of_the_callers(start_proxy, upstream):
    own = start_proxy(upstream.url, "--upstream-host", "models.example")
    own.exchange(b"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"\r\nHost: models.example\r\n" in upstream.asked[-1].head


def _memory(proxy) -> int:
    """Resident bytes."""
    with open(f"/proc/{proxy.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def _dechunked(answer: bytes) -> bytes:
    rest, body = answer.partition(b"\r\n\r\n")[2], b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if not int(size, 16):
            return body
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
