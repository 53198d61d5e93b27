"""Workers are replaced under load, and no client notices."""

import os
import signal

import pytest

ROUNDS = [pytest.param(1, id="2"), pytest.param(10, id="20", marks=pytest.mark.slow)]  # of two workers each


@pytest.mark.parametrize("keep", [True, False], ids=["keep-alive", "a connection per request"])
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.timeout(300)
def test_replacing_every_worker_fails_no_request(house, load, keep, rounds):
    status = house.serve(workers=2)
    with load(status.url, clients=6, keep=keep, pause_s=0.005) as clients:
        for _ in range(rounds):
            clients.goes_on(100)
            before = {w.pid for w in house.status().workers}
            os.kill(status.pid, signal.SIGHUP)
            after = house.until(
                lambda s, before=before: (
                    len(s.workers) == 2 and s.ready == 2 and not before & {w.pid for w in s.workers}
                )
            )
        clients.goes_on(100)
    assert (clients.failed, clients.refused, clients.wrong) == ([], [], [])
    assert after.deaths == 0
    assert len(clients.delivered) == house.captured().num_rows
    print(
        f"{2 * rounds} replacements, {len(clients.delivered)} answers, slowest {clients.slowest_s * 1000:.0f} ms"
    )


def test_a_new_route_table_is_followed_within_a_second_without_a_failed_request(house, load, eventually):
    from everloop.testing.linear_bundle import linear_bundle, numbers

    status = house.serve(workers=2)
    twin = linear_bundle(house.layout.bundles, numbers("n"), [[1.0]], ignored=("note",))
    with load(status.url, clients=2) as clients:
        for number in range(2, 8):
            clients.goes_on(20)
            house.publish(number, twin)
            house.until(lambda s, number=number: s.has_reached(number), within_s=5.0)
    assert (clients.failed, clients.refused, clients.wrong) == ([], [], [])
