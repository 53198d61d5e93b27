"""What a client may not do, over raw sockets: every refusal is an answer that arrives, and the worker serves on."""

import json
import select
import socket

import pytest

from everloop.testing.running_worker import RunningWorker, invocation, read_answer

ROW = b'{"instances":[{"a":1,"b":2}]}'
POST = b"POST /endpoints/sign/invocations HTTP/1.1\r\nHost: localhost\r\n"


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split()[1])


SMUGGLED = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "bare line feeds": b"GET /ping HTTP/1.1\nHost: localhost\n\n",
    "one bare line feed": b"GET /ping HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "a carriage return in a value": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: a\rY: b\r\n\r\n",
    "a zero byte in a value": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "a folded header": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    "a space before the colon": b"GET /ping HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a chunk size that is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than its size": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
    "a chunk ended by a line feed": POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n",
    "an unknown transfer encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two transfer encodings": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length in the trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n",
    "two hosts": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "two equal hosts": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    "no host": b"GET /ping HTTP/1.1\r\n\r\n",
    "an upgrade": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "an upgrade with a body": POST + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n{}",
    "an upgrade that is only named": b"GET /ping HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that does not exist": b"BREW /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "something else": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_a_request_whose_end_is_in_doubt_is_refused_and_the_connection_closed(
    worker: RunningWorker, sent: bytes
):
    answer = worker.exchange(sent + b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status_of(answer) in (400, 421)
    assert answer.count(b"HTTP/1.1 ") == 1, "what follows was taken for a request"
    assert b"connection: close" in answer


OVERSIZED = {
    "a long header": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17_000 + b"\r\n\r\n", 431),
    "a header of a megabyte": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 20), 431),
    "many headers": (b"GET /ping HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 64 + b"\r\n", 431),
    "a long target": (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
    "many trailers": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 64 + b"\r\n", 431),
    "a declared body": (POST + b"Content-Length: 300000000\r\n\r\n" + b" " * (1 << 20), 413),
    "a wrong expectation": (POST + b"Expect: a miracle\r\nContent-Length: 2\r\n\r\n", 417),
    "a newer version": (b"GET /ping HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
}


@pytest.mark.parametrize(("sent", "status"), OVERSIZED.values(), ids=OVERSIZED.keys())
def test_what_is_too_large_is_refused_in_words_that_arrive(worker: RunningWorker, sent: bytes, status: int):
    answer = worker.exchange(sent)
    assert status_of(answer) == status
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert problem["status"] == status
    assert problem["detail"]


def test_an_endless_chunked_body_is_refused_at_the_cap_and_not_kept(worker: RunningWorker):
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
    with worker.connect() as client:
        client.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(1000):
            if select.select([client], [], [], 0)[0]:
                break
            client.sendall(chunk)
        assert read_answer(client)[0] == 413


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("localhost:80:80", 421),
        ("127.0.0.2", 421),
        ("user@localhost", 421),
        ("", 421),
    ],
)
def test_only_our_own_host_names_are_answered(worker: RunningWorker, host: str, status: int):
    answer = worker.exchange(f"GET /ping HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) == status


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://localhost/ping", 200),
        ("http://evil.example/ping", 421),
        ("/ping?x=1", 200),
        ("/ping/", 404),
        ("/../ping", 404),
        ("/endpoints/%73ign", 404),
        ("/endpoints/../../etc/passwd", 404),
        ("*", 404),
    ],
)
def test_targets_are_matched_as_they_are_written(worker: RunningWorker, target: str, status: int):
    sent = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert status_of(worker.exchange(sent)) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Origin: http://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://localhost.evil.example\r\n", 403),
        ("Sec-Fetch-Site: cross-site\r\n", 403),
        ("Sec-Fetch-Site: same-site\r\n", 403),
        ("Content-Type: text/plain\r\n", 415),
        ("Content-Type: application/x-www-form-urlencoded\r\n", 415),
        ("Content-Type: multipart/form-data; boundary=x\r\n", 415),
        ("Origin: http://localhost:8081\r\n", 200),
        ("Content-Type: application/json; charset=utf-8\r\n", 200),
    ],
)
def test_other_peoples_pages_cannot_post(worker: RunningWorker, headers: str, status: int):
    sent = POST + headers.encode() + b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(ROW), ROW)
    assert status_of(worker.exchange(sent)) == status


def test_a_wrong_method_is_told_the_right_ones_and_the_connection_stays(worker: RunningWorker):
    with worker.connect() as client:
        client.sendall(b"DELETE /endpoints/sign HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, headers, _ = read_answer(client)
        assert (status, headers["allow"]) == (405, "GET, HEAD")
        client.sendall(invocation(ROW))
        assert read_answer(client)[0] == 200


def test_an_unknown_endpoint_is_told_the_known_ones(worker: RunningWorker):
    answer = worker.exchange(
        invocation(ROW, path="/endpoints/sing/invocations", headers="Connection: close\r\n")
    )
    assert status_of(answer) == 404
    assert "Endpoints: sign" in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]


def test_head_gets_the_headers_of_get_and_no_body(worker: RunningWorker):
    sent = b"HEAD /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head, _, body = worker.exchange(sent).partition(b"\r\n\r\n")
    got = worker.get("/ping").partition(b"\r\n\r\n")
    assert body == b""
    assert [line for line in head.split(b"\r\n") if not line.startswith(b"date")] == [
        line for line in got[0].split(b"\r\n") if not line.startswith(b"date")
    ]


def test_a_refused_head_has_no_body_either(worker: RunningWorker):
    sent = b"HEAD /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head, _, body = worker.exchange(sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert body == b""


def test_the_clients_wish_to_close_is_honoured(worker: RunningWorker):
    answer = worker.exchange(invocation(ROW, headers="Connection: close\r\n"))  # returns at the end of file
    assert status_of(answer) == 200
    assert b"connection: close\r\n" in answer


def test_http_1_0_closes_unless_it_asks_to_stay(worker: RunningWorker):
    assert b"connection: close" in worker.exchange(b"GET /ping HTTP/1.0\r\n\r\n")
    with worker.connect() as client:
        for _ in range(2):
            client.sendall(b"GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            status, headers, _ = read_answer(client)
            assert (status, headers["connection"]) == (200, "keep-alive")


def test_a_client_that_expects_to_be_asked_is_asked(worker: RunningWorker):
    with worker.connect() as client:
        client.sendall(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(ROW))
        assert client.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(ROW)
        assert read_answer(client)[0] == 200


def test_a_client_that_expects_to_be_asked_is_not_asked_for_what_nobody_takes(worker: RunningWorker):
    sent = invocation(b"", path="/nothing", headers="Expect: 100-continue\r\n").replace(
        b"Length: 0", b"Length: 9"
    )
    assert status_of(worker.exchange(sent)) == 404


def test_a_client_that_closes_its_side_still_gets_its_answer(worker: RunningWorker):
    with worker.connect() as client:
        client.sendall(invocation(ROW))
        client.shutdown(socket.SHUT_WR)
        assert read_answer(client)[0] == 200


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_a_request_may_arrive_in_pieces(worker: RunningWorker, size: int):
    sent = invocation(ROW)
    with worker.connect() as client:
        for _ in range(2):
            for start in range(0, len(sent), size):
                client.sendall(sent[start : start + size])
            status, _, body = read_answer(client)
            assert (status, json.loads(body)["predictions"]) == (200, ["less"])


def test_a_known_head_behind_a_stray_byte_is_not_taken_for_a_request(worker: RunningWorker):
    ping = b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with worker.connect() as client:
        client.sendall(ping)
        assert read_answer(client)[0] == 200
        client.sendall(ping + b"G")
        assert read_answer(client)[0] == 200
        client.sendall(ping)
        assert read_answer(client)[0] == 400


def test_after_all_that_it_still_answers(worker: RunningWorker):
    with worker.connect() as client:
        client.sendall(invocation(ROW))
        assert read_answer(client)[0] == 200
    assert worker.process.poll() is None
