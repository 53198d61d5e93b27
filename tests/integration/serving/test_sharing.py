"""Two workers at one listening socket."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack

from everloop.testing.running_worker import RunningWorker, invocation, read_answer

ROW = b'{"instances":[{"a":1,"b":2}]}'
CLIENTS = 40
ROWS = 'everloop_rows_total{endpoint="sign",variant="champion"}'


def worker_of(client) -> str:
    client.sendall(invocation(ROW))
    status, _, body = read_answer(client)
    assert status == 200
    return json.loads(body)["ids"][0].partition("-")[0]


def test_connections_that_stay_are_shared_out(start_worker: Callable[..., RunningWorker]):
    """Opened one after the other, as a client's pool grows: the kernel alone would give nearly all to one worker."""
    one = start_worker()
    one.message()
    other = start_worker(beside=one)
    other.message()
    with ExitStack() as open_connections:
        shares = Counter(worker_of(open_connections.enter_context(one.connect())) for _ in range(CLIENTS))
    assert len(shares) == 2
    assert min(shares.values()) >= CLIENTS // 5


def test_when_one_of_them_dies_the_other_answers_everybody(start_worker: Callable[..., RunningWorker]):
    one = start_worker()
    one.message()
    other = start_worker(beside=one)
    other.message()
    other.process.kill()
    other.process.wait()
    for _ in range(20):
        with one.connect() as client:
            worker_of(client)


def test_metrics_are_told_of_both(start_worker: Callable[..., RunningWorker]):
    one = start_worker()
    one.message()
    other = start_worker(beside=one)
    other.message()
    for _ in range(30):
        with one.connect() as client:
            worker_of(client)
    seen = one.get("/metrics").decode()
    assert "everloop_workers" in seen
    one.end()
    other.end()
    files = [json.loads(path.read_bytes()) for path in one.layout.run.glob("metrics-*.json")]
    assert sum(file["counts"].get(ROWS, 0) for file in files) == 30
