"""A load generator: some connections, each sending its next request once it has its answer.

`python load.py PORT PATH CONNECTIONS SECONDS BODIES` prints JSON: answers, seconds, latencies in ms. BODIES is a file
with a JSON body a line, sent in turn. Answers other than 200 end it.
"""

import json
import selectors
import socket
import sys
import time
from pathlib import Path


def requests(path: str, bodies: list[bytes], port: int) -> list[bytes]:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: "
    return [head.encode() + b"%d\r\n\r\n%b" % (len(body), body) for body in bodies]


def run(port: int, path: str, connections: int, seconds: float, bodies: list[bytes]) -> dict[str, object]:
    sent = requests(path, bodies, port)
    selector = selectors.EpollSelector()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    began = {}
    latencies: list[float] = []
    clock = time.perf_counter
    turn = 0
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one, selectors.EVENT_READ)
        began[one] = clock()
        one.send(sent[turn % len(sent)])
        turn += 1
    start = clock()
    end = start + seconds
    while (now := clock()) < end:
        for key, _ in selector.select(1.0):
            one = key.fileobj
            data = one.recv(65536)
            now = clock()
            if not data.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"not an answer: {data[:300]!r}")
            latencies.append(now - began[one])
            began[one] = now
            one.send(sent[turn % len(sent)])
            turn += 1
    took = now - start
    latencies.sort()
    count = len(latencies)
    for one in sockets:
        one.close()
    return {
        "answers": count,
        "seconds": took,
        "p50_ms": latencies[count // 2] * 1e3,
        "p99_ms": latencies[min(count - 1, int(count * 0.99))] * 1e3,
    }


if __name__ == "__main__":
    _, port, path, connections, seconds, bodies = sys.argv
    lines = Path(bodies).read_bytes().splitlines()
    print(json.dumps(run(int(port), path, int(connections), float(seconds), lines)))
