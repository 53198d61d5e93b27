import os
import socket
import threading

import pytest

from everloop.errors import PortTaken, SettingsError
from everloop.serving.listening import listen
from everloop.serving.port_holder import port_holder


def test_port_zero_is_any_free_port():
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0
        assert listener.getblocking() is False


def test_a_connection_waits_until_somebody_accepts_it():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=5):
        listener.setblocking(True)
        connection, _ = listener.accept()
        connection.close()


def test_a_taken_port_is_an_error_that_names_the_holder_and_the_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"(pid {os.getpid()})" in port_holder(port)
        with pytest.raises(PortTaken, match=rf"Port {port} .*pid {os.getpid()}.*EVERLOOP_CONTROL_PORT"):
            listen("127.0.0.1", port, setting="control.port")


def test_a_port_that_is_let_go_meanwhile_is_taken():
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    leaving = threading.Timer(0.1, taken.close)
    leaving.start()
    with listen("127.0.0.1", port, patience_s=10.0) as listener:
        assert listener.getsockname()[1] == port
    leaving.join()


def test_an_address_of_somebody_else_is_a_wrong_setting():
    with pytest.raises(SettingsError, match=r"control\.host"):
        listen("192.0.2.1", 0, setting="control.port")


def test_a_port_that_nobody_has_has_no_holder(tmp_path):
    assert port_holder(1, proc=tmp_path) == ""
