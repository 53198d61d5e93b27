"""A worker's life: ready, following tables, draining, orphaned, and a disk that fills up."""

import json
import signal
import time
from collections.abc import Callable

import pytest

from everloop.records.routes import Route
from everloop.settings import Serving
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import (
    RunningWorker,
    invocation,
    publish,
    read_all,
    read_answer,
    route,
    wait_until,
)

Start = Callable[..., RunningWorker]
ROW = b'{"instances":[{"a":1,"b":2}]}'


def ask(worker: RunningWorker, body: bytes = ROW) -> tuple[int, dict[str, str], bytes]:
    with worker.connect() as client:
        client.sendall(invocation(body))
        return read_answer(client)


def test_a_new_table_is_followed_without_a_failed_request(start_worker: Start):
    worker = start_worker()
    assert worker.message() == {"ready": 1}
    other = linear_bundle(
        worker.layout.bundles, numbers("a", "b"), [[0, 1], [1, 0]], classes=("more", "less")
    )
    with worker.connect() as client:
        publish(worker.layout, 2, route("sign", other))
        start, seen = time.monotonic(), ""
        while seen != "more":
            client.sendall(invocation(ROW))
            status, _, body = read_answer(client)
            assert status == 200
            seen = json.loads(body)["predictions"][0]
            assert time.monotonic() - start < 2.0
    assert worker.message() == {"table": 2}


def test_a_refused_bundle_is_reported_and_its_endpoint_keeps_its_route(start_worker: Start):
    worker = start_worker()
    assert worker.message() == {"ready": 1}
    bad = linear_bundle(worker.layout.bundles, numbers("a", "b"), [[0, 1], [1, 0]], classes=("more", "less"))
    file = worker.layout.bundles / bad / "model.onnx"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    publish(
        worker.layout,
        2,
        route("sign", bad),
        Route(endpoint="new", salt="", variants=route("x", bad).variants),
    )
    told = [worker.message(), worker.message(), worker.message()]
    assert [(m["refused"]["bundle"], m["refused"]["endpoint"]) for m in told[:2]] == [
        (bad, "sign"),
        (bad, "new"),
    ]
    assert told[2] == {"table": 2}
    assert json.loads(ask(worker)[2])["predictions"] == ["less"]
    assert worker.get("/endpoints/new").startswith(b"HTTP/1.1 503")


def test_a_table_that_cannot_be_read_changes_nothing(start_worker: Start):
    worker = start_worker()
    worker.message()
    current = worker.layout.routes / "current.json"
    current.write_bytes(b"{")
    bad = linear_bundle(worker.layout.bundles, numbers("a"), [[1], [0]], classes=("p", "q"))
    assert ask(worker)[0] == 200
    publish(worker.layout, 3, route("sign", bad))
    assert worker.message() == {"table": 3}


def test_a_worker_without_any_table_is_ready_and_says_what_to_do(start_worker: Start, tmp_path):
    (tmp_path / "routes").mkdir()
    worker = start_worker()
    assert worker.message() == {"ready": 0}
    assert b"everloop deploy" in worker.get("/endpoints/sign")


def test_draining_ends_every_connection_with_its_next_answer(start_worker: Start):
    worker = start_worker()
    worker.message()
    with worker.connect() as busy, worker.connect() as idle:
        for client in (busy, idle):
            client.sendall(invocation(ROW))
            assert "connection" not in read_answer(client)[1]
        worker.process.send_signal(signal.SIGTERM)
        answers = 1
        while True:  # the first of them may still come from before the signal
            busy.sendall(invocation(ROW))
            status, headers, _ = read_answer(busy)
            answers += 1
            assert status == 200
            if headers.get("connection") == "close":
                break
        assert read_all(busy) == b""
        assert read_all(idle) == b""  # after a second
    assert worker.process.wait(5) == 0
    ids, _ = worker.captured()
    assert len(ids) == len(set(ids)) == answers + 1


def test_a_request_that_is_under_way_when_the_drain_begins_is_answered(start_worker: Start):
    worker = start_worker(Serving(drain_s=5))
    worker.message()
    whole = invocation(ROW)
    with worker.connect() as client:
        client.sendall(whole[:-1])
        wait_until(lambda: b"everloop_connections_total 2" in worker.get("/metrics"))
        worker.process.send_signal(signal.SIGTERM)
        probe = worker.connect()
        wait_until(lambda: _is_not_accepted(worker))
        probe.close()
        client.sendall(whole[-1:])
        assert read_answer(client)[0] == 200
    assert worker.process.wait(5) == 0


def _is_not_accepted(worker: RunningWorker) -> bool:
    """The test holds the listening socket, so the kernel goes on accepting; but nobody answers."""
    with worker.connect(timeout_s=0.2) as client:
        client.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return client.recv(10) == b""
        except TimeoutError:
            return True


def test_a_worker_leaves_when_its_supervisor_does(start_worker: Start):
    worker = start_worker()
    worker.message()
    with worker.connect() as client:
        client.sendall(invocation(ROW))
        read_answer(client)
        worker._messages.close()
        worker.channel.close()
        assert worker.process.wait(2) == 0
    assert len(worker.captured()[0]) == 1


def test_answers_that_cannot_be_captured_are_refused_until_there_is_space_again(start_worker: Start):
    resource = pytest.importorskip("resource")
    worker = start_worker()
    worker.message()
    assert ask(worker)[0] == 200
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
    statuses = [ask(worker)[0] for _ in range(20)]
    resource.prlimit(
        worker.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    assert statuses[-1] == 503
    again = [ask(worker)[0] for _ in range(3)]
    assert again == [200] * 3
    outcome = invocation(
        b'{"outcomes":[{"id":"x-1","name":"y","value":"more"}]}', path="/endpoints/sign/outcomes"
    )
    assert worker.exchange(outcome.replace(b"Host", b"Connection: close\r\nHost")).startswith(b"HTTP/1.1 200")
    worker.end()
    ids, outcomes = worker.captured()
    assert len(ids) == len(set(ids)) == 1 + statuses.count(200) + 3
    assert outcomes == 1


def test_the_first_answer_comes_soon_after_the_start(start_worker: Start):
    start = time.perf_counter()
    worker = start_worker()
    worker.message()
    assert ask(worker)[0] == 200
    assert time.perf_counter() - start < 5.0  # the figure itself is the benchmark's: this machine is shared
