"""What a caller may not do, over raw sockets: it is refused in words that arrive, and never reaches the upstream."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from everloop.testing.running_worker import read_all

POST = b"POST /predict HTTP/1.1\r\nHost: localhost\r\n"
AFTER = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

SMUGGLED = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "bare line feeds": b"GET /x HTTP/1.1\nHost: localhost\n\n",
    "a carriage return in a value": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\rY: b\r\n\r\n",
    "a zero byte in a value": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "a folded header": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    "a space before the colon": b"GET /x HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a chunk size that is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than its size": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
    "a chunk ended by a line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    "an unknown transfer encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two transfer encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts": b"GET /x HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "another host": b"GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "an absolute target": b"GET http://evil.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an upgrade": b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "an upgrade with a body": POST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}",
    "a tunnel": b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "something else": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_a_request_whose_end_is_in_doubt_is_refused_and_nothing_behind_it_is_heard(proxy, upstream, sent):
    answer = proxy.exchange(sent + AFTER)
    assert int(answer.split()[1]) in (400, 421, 505)
    assert answer.count(b"HTTP/1.1 ") == 1, "what follows was taken for a request"
    assert b"connection: close" in answer
    assert all(one.path != "/smuggled" for one in upstream.asked)


def test_a_good_request_before_a_bad_one_is_answered_first(proxy, ask):
    answer = proxy.exchange(ask("/predict", closes=False) + b"nonsense\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 400 Bad Request" in answer


OVERSIZED = {
    "a long header": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17_000 + b"\r\n\r\n",
    "a header of a megabyte": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 20),
    "many headers": b"GET /x HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 64 + b"\r\n",
    "a long target": b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
}


@pytest.mark.parametrize("sent", OVERSIZED.values(), ids=OVERSIZED.keys())
def test_a_head_beyond_the_limits_is_refused_in_words_that_arrive(proxy, sent):
    assert proxy.exchange(sent).startswith(b"HTTP/1.1 431 ")


def test_a_body_of_100_megabytes_passes_and_is_never_in_memory(proxy):
    before, most = _memory(proxy), 0
    head = (
        b"POST /drain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\n"
    )
    part = b"z" * 1_000_000
    with closing(proxy.connect(60)) as client:
        client.sendall(head)
        for _ in range(100):
            client.sendall(part)
            most = max(most, _memory(proxy))
        assert read_all(client).endswith(b"100000000")
    assert most - before < 4_000_000


SLOW = {
    "a head that does not end": b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ",
    "a body that does not end": POST + b"Content-Length: 1000\r\n\r\n{",
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW.keys())
def test_many_slow_clients_are_ended_and_keep_nobody_waiting(start_proxy, upstream, ask, sent):
    proxy = start_proxy(upstream.url, "--timeout", "2")  # long enough for an answer on a busy machine
    slow = [proxy.connect() for _ in range(200)]
    for client in slow:
        client.sendall(sent)
    took: list[float] = []
    began = time.monotonic()

    def heard() -> list[bytes]:
        with ExitStack() as all_clients:
            return [read_all(all_clients.enter_context(closing(client))) for client in slow]

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(heard)
        while not waiting.done():
            asked = time.monotonic()
            assert proxy.exchange(ask("/predict")).startswith(b"HTTP/1.1 200")
            took.append(time.monotonic() - asked)
        assert {answer[:13] for answer in waiting.result()} == {b"HTTP/1.1 408 "}
    assert time.monotonic() - began < 15
    assert statistics.median_low(took) < 0.5


def test_a_client_that_drips_its_body_is_ended_all_the_same(proxy):
    with closing(proxy.connect()) as client:
        client.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        began = time.monotonic()
        answer = b""
        while not answer and time.monotonic() - began < 10:
            client.sendall(b"x")
            client.settimeout(0.05)
            try:
                answer = client.recv(1000)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_closed(proxy):
    with closing(proxy.connect()) as client:
        assert client.recv(10) == b""


def _memory(proxy) -> int:
    """Resident bytes."""
    with open(f"/proc/{proxy.process.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096
