"""The one listening socket: the supervisor opens it, workers inherit it."""

import errno
import socket
import time

from everloop.access.loopback import require_loopback
from everloop.errors import PortTaken, SettingsError
from everloop.serving.port_holder import port_holder

BACKLOG = 2048  # connections that wait while every worker is being replaced
RETRY_S = 0.05


def listen(host: str, port: int, *, setting: str = "serving.port", patience_s: float = 0.0) -> socket.socket:
    """A socket that listens on `host` and `port`; port 0 takes a free one.

    Tries for `patience_s` seconds while the port is taken: those who had it may be leaving. Raises PortTaken,
    which names who has it where the system tells, and SettingsError for an address that is not ours or not
    this machine's alone.
    """
    require_loopback(host, f"{setting.partition('.')[0]}.host")
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return _bound(host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(RETRY_S)
                continue
            raise _explained(error, host, port, setting) from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past connections in TIME_WAIT
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _explained(error: OSError, host: str, port: int, setting: str) -> PortTaken | SettingsError:
    group, key = setting.split(".")
    variable = f"EVERLOOP_{group}_{key}".upper()
    if error.errno == errno.EADDRINUSE:
        holder = port_holder(port)
        by = f" by {holder}" if holder else ""
        return PortTaken(
            f"Port {port} on {host} is taken{by}.",
            remedy=f"Stop that, or choose another with `{setting}` in everloop.toml or {variable}.",
        )
    reason = error.strerror or str(error)
    return SettingsError(
        f"Cannot listen on {host}:{port}: {reason}.",
        remedy=f"Mend `{group}.host` or `{setting}` in everloop.toml.",
    )
