"""Check C3 over HTTP: the disk fills up, answers are refused, nothing is torn, and it works again afterwards."""

import resource


def test_a_full_disk_refuses_answers_tears_no_row_and_passes(house, load, client, eventually):
    """The limit on the size of a file stands in for the disk: it can be set, and lifted, from outside."""
    status = house.serve(workers=1)
    worker = status.workers[0].pid
    with load(status.url, clients=2) as clients:
        clients.goes_on(50)
        (segment,) = house.layout.capture.glob("*.open")
        full = segment.stat().st_size + 200  # in the middle of a frame
        _, hard = resource.prlimit(worker, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        eventually(lambda: len(clients.refused) >= 20)
        delivered_when_full = len(clients.delivered)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (hard, hard))
        clients.goes_on(50)
    assert (clients.failed, clients.wrong) == ([], [])
    assert {code for code, _ in clients.refused} == {503}
    assert {problem["code"] for _, problem in clients.refused} == {"capture-failed"}
    assert len(clients.delivered) > delivered_when_full
    assert house.status().workers[0].pid == worker, "the worker lives on"
    captured = house.captured()
    kept = dict(zip(captured["id"].to_pylist(), captured["number.n"].to_pylist(), strict=True))
    assert captured.num_rows == len(kept)
    assert kept == clients.delivered, "what was refused was not captured, what was delivered was"
    house.stop()
    assert house.ledger().compact() is not None
    assert house.captured().num_rows == len(kept)
    assert not list((house.layout.capture).glob("damaged/*"))
