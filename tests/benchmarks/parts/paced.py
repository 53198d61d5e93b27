"""A load generator that keeps a pace: some connections, each sending at its own moments, as independent callers do.

`python paced.py PORT PATH CONNECTIONS RATE SECONDS BODIES` prints JSON: the latencies in ms, from the send to the last
byte of the answer. RATE is of all connections together; 0: each sends its next request once it has its answer.
"""

import json
import selectors
import socket
import sys
import time
from pathlib import Path


class Caller:
    """One connection."""

    def __init__(self, port: int, first: float, gap: float) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = first
        self.gap = gap
        self.sent_at: float | None = None
        self.got = b""

    def send(self, request: bytes, now: float) -> None:
        self.sent_at = time.perf_counter()
        self.due = max(self.due + self.gap, now)
        self.socket.sendall(request)

    def hear(self) -> float | None:
        """The latency, once the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("a connection was closed")
        self.got += part
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"an answer was {head[:60]!r}")
        latency = time.perf_counter() - (self.sent_at or 0.0)
        self.sent_at, self.got = None, b""
        return latency


def main(port: int, path: str, connections: int, rate: float, seconds: float, bodies: Path) -> None:
    requests = [
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
        for body in bodies.read_bytes().splitlines()
    ]
    gap = connections / rate if rate else 0.0
    begun = time.perf_counter()
    callers = [Caller(port, begun + gap * place / connections, gap) for place in range(connections)]
    selector = selectors.DefaultSelector()
    for caller in callers:
        selector.register(caller.socket, selectors.EVENT_READ, caller)
    latencies: list[float] = []
    place = 0
    while (now := time.perf_counter()) < begun + seconds:
        for caller in callers:
            if caller.sent_at is None and caller.due <= now:
                caller.send(requests[place % len(requests)], now)
                place += 1
        wait = min((caller.due for caller in callers if caller.sent_at is None), default=now + 1) - now
        for key, _ in selector.select(max(0.0, wait)):
            latency = key.data.hear()
            if latency is not None:
                latencies.append(latency * 1000)
    print(json.dumps(latencies))


if __name__ == "__main__":
    port, path, connections, rate, seconds, bodies = sys.argv[1:]
    main(int(port), path, int(connections), float(rate), float(seconds), Path(bodies))
