"""`everloop up`: one of them, a clean end, and no trouble after an unclean one."""

import json
import os
import signal
import socket
import urllib.request

import pytest

PORTS = {"EVERLOOP_SERVING_PORT": "0", "EVERLOOP_CONTROL_PORT": "0", "EVERLOOP_SERVING_WORKERS": "1"}


@pytest.fixture
def up(house, command, eventually):
    """Starts `everloop up` in the house's folder, and waits until it serves."""

    def start(**variables):
        running = command(house.layout.root.parent, "up", **{**PORTS, **variables})
        eventually(
            lambda: running.process.poll() is not None or ((s := house.status()) is not None and s.ready == 1)
        )
        assert running.process.poll() is None, running.result()
        eventually((house.layout.run / "control.json").exists)
        return running

    return start


def control_url(house) -> str:
    return json.loads((house.layout.run / "control.json").read_text())["url"]


def listens(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_clean_stop_leaves_nothing_behind(house, up, alive, number):
    running = up()
    status = house.status()
    running.process.send_signal(number)
    code, out, err = running.result(15)
    assert code == 128 + number
    assert "Everloop is up" in out
    assert "Traceback" not in err
    assert not any(alive(w.pid) for w in status.workers)
    assert not alive(status.pid)
    assert not listens(status.url)
    assert sorted(p.name for p in house.layout.run.glob("*.json") if "metrics" not in p.name) == []


def test_killed_it_leaves_its_ports_within_ten_seconds_and_the_next_one_recovers(
    house, up, load, client, alive, eventually
):
    running = up()
    status, control = house.status(), control_url(house)
    with load(status.url, clients=2, pause_s=0.01) as clients:
        clients.goes_on(50)
        running.process.kill()
        running.process.wait()
        eventually(lambda: not (listens(status.url) or listens(control)), within_s=10)
        eventually(
            lambda: not any(alive(pid) for pid in (status.pid, *(w.pid for w in status.workers))), within_s=10
        )
    again = up(EVERLOOP_SERVING_PORT=str(status.port), EVERLOOP_CONTROL_PORT=control.rpartition(":")[2])
    assert client(status.host, status.port, keep=False).ask(7)[1]["predictions"] == [7.0]
    again.process.terminate()
    again.result(15)
    captured = house.captured()
    ids = captured["id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert clients.delivered.items() <= dict(zip(ids, captured["number.n"].to_pylist(), strict=True)).items()


def test_at_once_after_a_kill_the_next_one_comes_up_on_the_same_ports(house, up, eventually):
    running = up()
    status, control = house.status(), control_url(house)
    running.process.kill()
    running.process.wait()
    up(EVERLOOP_SERVING_PORT=str(status.port), EVERLOOP_CONTROL_PORT=control.rpartition(":")[2])
    eventually(lambda: (s := house.status()) is not None and s.pid != status.pid and s.ready == 1)
    assert house.status().port == status.port


def test_a_killed_supervisor_is_started_again(house, up):
    up()
    before = house.status()
    os.kill(before.pid, signal.SIGKILL)
    after = house.until(lambda s: s.pid != before.pid and s.ready == 1)
    assert after.state == "serving"


def test_hup_replaces_the_workers(house, up):
    running = up()
    before = {w.pid for w in house.status().workers}
    running.process.send_signal(signal.SIGHUP)
    after = house.until(lambda s: s.ready == 1 and not before & {w.pid for w in s.workers})
    assert after.deaths == 0


def test_captured_rows_reach_their_table_while_it_runs(house, up, client, eventually):
    up(EVERLOOP_CONTROL_COMPACT_EVERY_S="0.05")
    status = house.status()
    assert client(status.host, status.port, keep=False).ask(1)[0] == 200
    os.kill(status.workers[0].pid, signal.SIGKILL)  # its segment is sealed by its end
    eventually((house.layout.tables / "predictions" / "echo").exists)
    eventually(lambda: house.captured().num_rows == 1)


def test_the_control_plane_answers_with_its_token_only(house, up):
    up()
    url = control_url(house)
    token = (house.layout.secrets / "control-token").read_text().strip()
    request = urllib.request.Request(f"{url}/status", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["serving"]["pid"] == house.status().pid
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{url}/status", timeout=10)
