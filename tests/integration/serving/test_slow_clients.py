"""Clients that take their time are cut off at the deadlines, and nobody else notices."""

import selectors
import time

from everloop.testing.running_worker import RunningWorker, invocation, read_all, read_answer

ROW = b'{"instances":[{"a":1,"b":2}]}'
SLOW = 100
DEADLINE_S = 0.5  # of the worker's settings


def good_latency_s(worker: RunningWorker) -> float:
    with worker.connect() as client:
        start = time.perf_counter()
        client.sendall(invocation(ROW))
        assert read_answer(client)[0] == 200
        return time.perf_counter() - start


def test_a_hundred_half_sent_requests_are_cut_and_good_ones_are_answered_meanwhile(worker: RunningWorker):
    whole = invocation(ROW)
    half_head, half_body = whole[:40], whole[:-5]
    selector = selectors.DefaultSelector()
    answers: dict[object, bytes] = {}
    start = time.perf_counter()
    for place in range(SLOW):
        client = worker.connect()
        client.sendall(half_head if place % 2 else half_body)
        selector.register(client, selectors.EVENT_READ)
        answers[client] = b""
    latencies = []
    while selector.get_map():
        latencies.append(good_latency_s(worker))
        for key, _ in selector.select(0.01):
            part = key.fileobj.recv(65536)
            answers[key.fileobj] += part
            if not part:
                selector.unregister(key.fileobj)
                key.fileobj.close()
        assert time.perf_counter() - start < 10 * DEADLINE_S, "some are still open"
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers.values())
    assert time.perf_counter() - start >= DEADLINE_S
    latencies.sort()
    assert latencies[len(latencies) // 2] < 0.2


def test_a_head_that_drips_is_cut_all_the_same(worker: RunningWorker):
    start = time.perf_counter()
    with worker.connect() as client:
        client.settimeout(0.05)
        answer = b""
        for byte in invocation(ROW):
            client.sendall(bytes([byte]))
            try:
                answer = client.recv(1024)
                break
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.perf_counter() - start < 4 * DEADLINE_S


def test_a_connection_that_says_nothing_is_closed_without_a_word(worker: RunningWorker):
    with worker.connect() as client:
        assert read_all(client) == b""


def test_a_connection_between_two_requests_outlives_the_deadlines_of_a_request(worker: RunningWorker):
    with worker.connect() as client, worker.connect() as silent:
        client.sendall(invocation(ROW))
        assert read_answer(client)[0] == 200
        silent.sendall(b"G")
        assert read_all(silent).startswith(b"HTTP/1.1 408 ")  # so more than a deadline has passed
        client.sendall(invocation(ROW))
        assert read_answer(client)[0] == 200


def test_a_client_that_takes_no_answers_is_not_read_any_more(worker: RunningWorker):
    """Its requests wait in the kernel's buffers, not in ours."""
    ask = b"GET /endpoints/sign HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100
    with worker.connect() as client:
        client.setblocking(False)
        stuck_since = None
        deadline = time.monotonic() + 20
        while stuck_since is None or time.monotonic() - stuck_since < 0.3:
            try:
                client.send(ask)
                stuck_since = None
            except BlockingIOError:
                stuck_since = stuck_since or time.monotonic()
            assert time.monotonic() < deadline, "it read without end"
        assert good_latency_s(worker) < 1.0
