"""A worker that keeps the contract and answers each connection with its pid.

Files in the workspace tell it to fail: `refuse-to-start`: exit 3 before it is ready; `slow-to-leave`: ignore
TERM; `refuse-a-bundle`: report one.
"""

import json
import os
import selectors
import signal
import socket
import sys
from pathlib import Path

config = json.loads(sys.argv[1])
root = Path(config["root"])
listener = socket.socket(fileno=config["listen_fd"])
channel = socket.socket(fileno=config["channel_fd"])
leaving, wakeup = socket.socketpair()
wakeup.setblocking(False)


def say(message: dict[str, object]) -> None:
    channel.sendall(json.dumps(message).encode() + b"\n")


if (root / "refuse-to-start").exists():
    sys.exit(3)
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: None)
if not (root / "slow-to-leave").exists():
    signal.set_wakeup_fd(wakeup.fileno())
if (root / "refuse-a-bundle").exists():
    say({"refused": {"bundle": "b" * 64, "endpoint": "churn", "reason": "its digest is wrong"}})
say({"ready": 7})
with selectors.DefaultSelector() as selector:
    for source in (listener, channel, leaving):
        selector.register(source, selectors.EVENT_READ)
    while True:
        ready = {key.fileobj for key, _ in selector.select()}
        if channel in ready or leaving in ready:
            sys.exit(0)
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue
        with connection:
            connection.sendall(str(os.getpid()).encode())
