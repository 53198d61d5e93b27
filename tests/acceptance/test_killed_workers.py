"""Check S1, and C1 over HTTP: workers are killed under load; nothing delivered is lost, nothing is kept twice."""

import os
import random
import signal
import time

import pytest


@pytest.mark.parametrize(
    "kills", [pytest.param(15, id="15"), pytest.param(100, id="100", marks=pytest.mark.slow)]
)
@pytest.mark.timeout(600)
def test_every_delivered_answer_is_captured_once_whichever_worker_is_killed(house, load, client, kills):
    began = time.monotonic()
    status = house.serve(workers=2)
    start_s = time.monotonic() - began
    chance = random.Random(kills)
    silences = []
    with load(status.url, clients=2) as clients:
        for number in range(kills):
            clients.goes_on(200)
            killed = {w.pid for w in house.status().workers if w.ready_since is not None}
            if number % 3:
                killed = {chance.choice(sorted(killed))}  # else all of them at once
            began = time.monotonic()
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            silences.append(_until_answered(client(status.host, status.port)) - began)
        house.until(lambda s: s.ready == 2 and s.deaths >= kills)
    house.stop()
    captured = house.captured()
    ids = captured["id"].to_pylist()
    kept = dict(zip(ids, captured["number.n"].to_pylist(), strict=True))

    assert not clients.wrong
    assert not clients.refused
    assert len(clients.failed) <= 3 * kills  # only those whose worker was killed
    assert len(ids) == len(set(ids)), "a row was captured twice"
    assert clients.delivered.items() <= kept.items(), (
        "a delivered answer was not captured, or with other inputs"
    )
    undelivered = len(ids) - len(clients.delivered) - kills  # `kills` are those of _until_answered
    assert 0 <= undelivered <= 3 * kills
    assert max(silences) < max(
        2.0, 2 * start_s
    )  # two seconds, but where the machine is busy with other things
    print(
        f"{kills} kills, {len(ids)} captured, {undelivered} undelivered, {len(clients.failed)} failed; silent for "
        f"{max(silences):.2f} s at most, where a start of two workers takes {start_s:.2f} s"
    )


def _until_answered(client) -> float:
    """The moment at which a new request is answered."""
    deadline = time.monotonic() + 10
    while True:
        try:
            status, _ = client.ask(0)
        except OSError:
            assert time.monotonic() < deadline
            continue
        assert status == 200
        client.close()
        return time.monotonic()
