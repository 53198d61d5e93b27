"""Starts commands as forks of one process that has imported what they need: a page runs dozens of them.

`python starter.py DOOR` listens at the socket DOOR. Each message is an order, as JSON, with the three streams of who
sends it; the answer is the exit code. Where orders come from is a script that `shim` gives: it starts in no time.
"""

import json
import os
import runpy
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass

SHIM = """#!{python} -IS
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.connect({door!r})
order = {{"words": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}}
socket.send_fds(door, [json.dumps(order).encode()], [0, 1, 2])
sys.exit(int(door.recv(16)))
"""
LONGEST = 1 << 20  # bytes of an order


@dataclass(frozen=True)
class Order:
    words: list[str]  # the first is the script's own name: everloop, or anything else for a file of Python
    folder: str
    environment: dict[str, str]


def shim(door: str) -> str:
    """The text of a script that has its words done by the process at `door`."""
    return SHIM.format(python=sys.executable, door=door)


def next_order(door: socket.socket) -> Order:
    """The order that this process is to carry out: a fork of the one that listens, which never comes back from here."""
    while True:
        connection, _ = door.accept()
        if os.fork():
            connection.close()
            with suppress(ChildProcessError):  # of those that have ended, none is left a zombie
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            continue
        data, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
        worker = os.fork()
        if not worker:
            connection.close()
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            return Order(**json.loads(data))
        for stream in streams:
            os.close(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        connection.send(str(code if code >= 0 else 128 - code).encode())
        os._exit(0)


def carry_out(order: Order) -> None:
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.folder)
    sys.path.insert(0, "")
    sys.argv = order.words
    if order.words[0].endswith("/everloop"):
        from everloop.cli.app import main

        main()
    else:
        runpy.run_path(order.words[1], run_name="__main__")


if __name__ == "__main__":
    import lightgbm  # noqa: F401 - what most commands import
    import pandas as pd  # noqa: F401
    import sklearn.compose  # noqa: F401

    import everloop.cli.app
    import everloop.workspace.workspace  # noqa: F401

    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(sys.argv[1])
        door.listen()
        ordered = next_order(door)
    carry_out(ordered)
