"""The platform's time run faster by declaration: all processes of a workspace tell the same, and it never goes back."""

from datetime import datetime, timedelta

import pytest

import everloop as el
from everloop.clock import SystemClock
from everloop.stores.workspace_clock import clock_in_use

PORTS = {"EVERLOOP_SERVING_PORT": "0", "EVERLOOP_CONTROL_PORT": "0", "EVERLOOP_SERVING_WORKERS": "1"}
HOUR = timedelta(hours=1)
ROWS = [{"x": 1.0}]


@pytest.fixture
def up(house, command, eventually):
    """Runs `everloop up` at a speed for a block's length, and waits until it serves."""
    running = []

    def start(speed: float) -> None:
        if running:
            running[-1].process.terminate()
            running.pop().result(30)
        running.append(command(house.layout.root.parent, "up", EVERLOOP_CLOCK_SPEED=str(speed), **PORTS))
        process = running[-1].process
        eventually(
            lambda: (
                process.poll() is not None
                or (
                    (s := house.status()) is not None
                    and s.ready == 1
                    and (house.layout.run / "control.json").exists()
                )
            )
        )
        assert process.poll() is None, running[-1].result()

    return start


def served(house, client, number: int) -> datetime:
    """When a row was answered, as the worker captured it."""
    status = house.status()
    answer = client(status.host, status.port, keep=False).ask(number)[1]
    rows = house.ledger().predictions("echo", columns=["id", "served_at"])
    return rows["served_at"][rows["id"].to_pylist().index(answer["ids"][0])].as_py()


def recorded(house, number: int) -> datetime:
    """When an action took effect, as the control plane recorded it."""
    with el.open(house.layout.root.parent) as workspace:
        workspace.datasets[f"rows-{number}"].append(ROWS)
        return workspace.events(newest=1)[0].at


def test_workers_and_the_control_plane_tell_one_time_through_restarts_and_other_speeds(house, up, client):
    begun = SystemClock().now()
    up(3600)
    clock = clock_in_use(house.layout)
    told = [clock.now()]
    for number in range(2):
        told += [served(house, client, number), clock.now(), recorded(house, number), clock.now()]
    assert told == sorted(told)
    assert told[-1] - begun > 10 * (SystemClock().now() - begun)
    up(3600)
    told += [served(house, client, 3), recorded(house, 3), clock.now()]
    assert told == sorted(told)
    up(1)
    slow = clock_in_use(house.layout)
    told += [served(house, client, 4), recorded(house, 4), slow.now()]
    assert told == sorted(told)
    assert slow.now() - told[-1] < HOUR
