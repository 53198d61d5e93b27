"""What cannot be done is one clear line and a non-zero exit, and nothing is lost."""

import os
import re
import socket

import pytest

from everloop.control import up
from everloop.errors import WorkspaceBusy
from everloop.settings import Settings
from everloop.stores.lock import WriterLock

PORTS = {"EVERLOOP_SERVING_PORT": "0", "EVERLOOP_CONTROL_PORT": "0", "EVERLOOP_SERVING_WORKERS": "1"}


def one_line(result: tuple[int, str, str]) -> tuple[int, str]:
    """Exit code and the only line of complaint."""
    code, _, err = result
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if not re.match(r"\d\d:\d\d:\d\d ", line)]  # but for the log
    assert len(lines) == 1, err
    return code, lines[0]


def test_a_second_up_names_the_first_and_how_to_see_its_page(house, command, eventually):
    first = command(house.layout.root.parent, "up", **PORTS)
    eventually(lambda: house.status() is not None)
    code, line = one_line(command(house.layout.root.parent, "up", **PORTS).result())
    assert code == 1
    assert f"process {first.process.pid} (`everloop up`)" in line
    assert "`everloop page`" in line
    assert first.process.poll() is None


def test_a_serve_beside_up_is_refused(house, command, eventually):
    command(house.layout.root.parent, "up", **PORTS)
    eventually(lambda: house.status() is not None)
    code, line = one_line(command(house.layout.root.parent, "serve", **PORTS).result())
    assert code == 1
    assert "being served already" in line


@pytest.mark.parametrize(
    ("words", "setting"),
    [("up", "EVERLOOP_SERVING_PORT"), ("up", "EVERLOOP_CONTROL_PORT"), ("serve", "EVERLOOP_SERVING_PORT")],
)
def test_an_occupied_port_names_who_has_it_and_how_to_choose_another(house, command, words, setting):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, line = one_line(command(house.layout.root.parent, words, **{**PORTS, setting: port}).result())
    assert code == 1
    assert f"Port {port}" in line
    assert f"(pid {os.getpid()})" in line
    assert setting in line
    assert house.status() is None


@pytest.mark.parametrize(("words", "host"), [("up", "0.0.0.0"), ("serve", "::"), ("serve", "192.168.7.7")])
def test_a_public_address_is_refused_with_exit_code_2(house, command, words, host):
    code, line = one_line(
        command(house.layout.root.parent, words, **PORTS, EVERLOOP_SERVING_HOST=host).result()
    )
    assert code == 2
    assert "serving.host" in line
    assert "proxy" in line


def test_a_public_control_plane_is_refused_with_exit_code_2(house, command):
    code, line = one_line(
        command(house.layout.root.parent, "up", **PORTS, EVERLOOP_CONTROL_HOST="0.0.0.0").result()
    )
    assert code == 2
    assert "control.host" in line
    assert house.status() is None


def test_a_misspelt_setting_names_the_right_one(house, command):
    (house.layout.root.parent / "everloop.toml").write_text("[serving]\nworker = 3\n")
    code, line = one_line(command(house.layout.root.parent, "up", **PORTS).result())
    assert code == 2
    assert "Did you mean `workers`?" in line


def test_a_folder_that_cannot_be_written_is_named(house, command):
    house.layout.run.rmdir()
    house.layout.run.write_text("a file in the way")  # root may write anywhere, but not through a file
    code, line = one_line(command(house.layout.root.parent, "up", **PORTS).result())
    assert code == 1
    assert str(house.layout.root) in line


def test_a_token_that_others_may_read_stops_up(house, command):
    from everloop.access.tokens import control_token

    control_token(house.layout)
    (house.layout.secrets / "control-token").chmod(0o644)
    code, line = one_line(command(house.layout.root.parent, "up", **PORTS).result())
    assert code == 1
    assert "chmod 600" in line
    assert house.status() is None


def test_whoever_writes_is_named_to_whoever_waits(house, monkeypatch):
    monkeypatch.setattr(up, "LONG_LOCK_S", 0.1)  # of seconds that nobody needs to wait here
    monkeypatch.setattr(up, "log_to_stderr", lambda: None)
    with (
        WriterLock(house.layout.lock).held(purpose="a test"),
        pytest.raises(WorkspaceBusy, match=rf"process {os.getpid()} \(a test\)"),
    ):
        up.run_up(house.layout, Settings(), say=print)
