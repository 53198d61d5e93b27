"""Every answer that a client got in full is in the capture log, with its rows, and outcomes find it by its id."""

import json
import os
import signal
import struct
import threading
from contextlib import closing, suppress

import msgspec
import pytest

from everloop.ledger.folder import CaptureFolder
from everloop.ledger.prediction_rows import prediction_rows
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import publish, read_answer, route, wait_until

ROW = {"a": 2.0, "b": 1.0}


def newest(proxy):
    """The request that was captured last: who answered, its rows, its answers as places of `more` and `less`."""
    context, answered = proxy.captured()[-1]
    rows = msgspec.json.decode(answered.body)["instances"]
    return context, answered, rows, struct.unpack(f"<{len(answered.output) // 4}f", answered.output)


def ident(answer: bytes) -> str:
    lines = answer.partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.startswith("x-everloop-id"))


@pytest.mark.parametrize("path", ["/predict", "/chunks", "/until-close", "/zipped"])
def test_an_answer_is_captured_however_it_is_framed(proxy, ask, path):
    answer = proxy.exchange(ask(path, (2, 1)))
    context, answered, rows, places = newest(proxy)
    assert (context.endpoint, context.rung, context.model, context.version) == (
        "sign",
        "elsewhere",
        "sign",
        1,
    )
    assert (rows, places, answered.error) == ([ROW], (0.0,), "")
    assert answered.ids == [ident(answer)]


def test_a_request_of_several_rows_has_an_id_a_row(proxy, ask):
    answer = proxy.exchange(ask("/predict", (2, 1), (1, 2), (1, 3)))
    _, answered, rows, places = newest(proxy)
    assert len(rows) == 3
    assert places == (0.0, 1.0, 1.0)
    assert answered.ids == [f"{ident(answer)}.{row}" for row in range(3)]


def test_the_ledger_reads_what_was_captured(proxy, ask):
    answer = proxy.exchange(ask("/predict", (1, 2)))
    folder = CaptureFolder(proxy.layout.capture)
    segments = [folder.read(name) for name in folder.ids()]
    row = prediction_rows([s for s in segments if s], "sign").to_pylist()[-1]
    assert (row["id"], row["output.text"], row["number.a"], row["number.b"]) == (
        ident(answer),
        "less",
        1.0,
        2.0,
    )
    assert row["probabilities"] is None


def test_the_callers_own_ids_are_kept(start_proxy, upstream, ask):
    own = start_proxy(upstream.url, "--id-header", "X-Request-Id", "--id-field", "keys")
    answer = own.exchange(ask("/predict", headers="X-Request-Id: order-17\r\n"))
    assert ident(answer) == "order-17"
    assert newest(own)[1].ids == ["order-17"]
    body = json.dumps({"instances": [ROW, ROW], "keys": ["k1", "k2"]}).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    own.exchange(head % len(body) + body)
    assert newest(own)[1].ids == ["k1", "k2"]


def test_only_the_path_that_was_named_is_read(start_proxy, upstream, ask):
    own = start_proxy(upstream.url, "--path", "/predict")
    assert own.exchange(ask("/chunks")).startswith(b"HTTP/1.1 200")
    assert own.exchange(ask("/predict")).startswith(b"HTTP/1.1 200")
    assert len(own.captured()) == 1


def test_what_cannot_be_read_passes_and_is_told(start_proxy, upstream, ask):
    own = start_proxy(upstream.url)
    body = json.dumps({"instances": [{"c": 1}]}).encode()
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    assert own.exchange(head + body).endswith(body)
    assert own.exchange(ask("/text")).endswith(b"<html>it is fine</html>")
    wait_until(lambda: own.status().unread == 2)
    assert set(own.status().reasons) == {
        "the request: a row has none of the inputs that are watched",
        "the answer: it is not JSON",
    }
    assert own.captured() == []


def test_a_body_beyond_the_limit_passes_and_is_told(start_proxy, upstream):
    own = start_proxy(upstream.url)
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    assert own.exchange(head % 200_000 + b"x" * 200_000).endswith(b"x" * 1000)
    wait_until(lambda: own.status().unread == 1)
    assert list(own.status().reasons) == ["the request has more than 65,536 bytes"]


def test_what_a_page_of_another_site_sends_passes_and_is_not_captured(proxy, ask):
    before = len(proxy.captured())
    answer = proxy.exchange(ask("/predict", headers="Origin: https://evil.example\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert len(proxy.captured()) == before


def test_a_proxy_of_a_model_that_has_moved_in_passes_everything_and_captures_nothing(
    start_proxy, upstream, ask
):
    own = start_proxy(upstream.url)
    ours = linear_bundle(own.layout.bundles, numbers("a", "b"), [[1, 0], [0, 1]], classes=("more", "less"))
    publish(own.layout, 2, route("sign", ours))
    wait_until(lambda: "answers at sign here" in own.status().why_not)
    assert own.exchange(ask("/predict")).startswith(b"HTTP/1.1 200")
    assert own.captured() == []


def test_what_the_disk_does_not_take_passes_and_is_told(start_proxy, upstream, ask):
    own = start_proxy(upstream.url)
    own.layout.capture.rmdir()
    own.layout.capture.write_bytes(b"in the way")  # no segment can be made
    assert own.exchange(ask("/predict")).endswith(b'{"predictions": ["more"]}')
    wait_until(lambda: own.status().uncaptured == 1)
    own.layout.capture.unlink()
    assert own.exchange(ask("/predict")).startswith(b"HTTP/1.1 200")
    assert len(own.captured()) == 1


def test_like_requests_are_captured_each_with_its_own_rows(proxy, ask):
    with closing(proxy.connect()) as client:
        for a, place in ((1, 1.0), (3, 0.0), (1, 1.0), (4, 0.0)):  # one head, other bodies of one length
            client.sendall(ask("/predict", (a, 2), closes=False))
            _, headers, _ = read_answer(client)
            _, answered, rows, places = newest(proxy)
            assert (rows, places) == ([{"a": a, "b": 2}], (place,))
            assert answered.ids == [headers["x-everloop-id"]]


def test_a_killed_proxy_loses_no_answer_that_arrived(start_proxy, upstream, ask):
    """`kill -9` in the middle of the traffic of several clients."""
    own = start_proxy(upstream.url)
    arrived: list[str] = []
    enough = threading.Event()

    def client(a: int) -> None:
        with suppress(OSError, ConnectionError, StopIteration), closing(own.connect()) as connection:
            while True:
                connection.sendall(ask("/predict", (a, 1), closes=False))
                _, headers, _ = read_answer(connection)
                arrived.append(headers["x-everloop-id"])
                if len(arrived) >= 400:
                    enough.set()

    clients = [threading.Thread(target=client, args=(a,)) for a in range(4)]
    for each in clients:
        each.start()
    assert enough.wait(30)
    os.kill(own.process.pid, signal.SIGKILL)
    for each in clients:
        each.join(10)
    captured = [one for _, answered in own.captured() for one in answered.ids]
    assert len(captured) == len(set(captured))
    assert set(arrived) <= set(captured)
    assert len(captured) - len(arrived) <= len(clients), "at most one on its way to each"
