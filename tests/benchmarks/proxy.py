"""What the proxy adds to an answer: through it and past it, in turns, in the same run.

`python tests/benchmarks/proxy.py [--seconds 3] [--rounds 3]`. Requests carry one row of 30 named floats, and every
answer is captured, `written`. The server behind it does next to nothing, so that all that is seen is the way. One
caller sends as fast as it is answered; sixteen send 400 requests a second together, as independent callers do; sixteen
that send as fast as they are answered show what one proxy can carry.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from everloop.stores.layout import Layout
from everloop.testing.linear_bundle import numbers
from everloop.testing.running_proxy import RunningProxy, elsewhere_bundle
from everloop.testing.running_worker import publish, route
from everloop.workspace.project import project

PARTS = Path(__file__).parent / "parts"
WIDTH, BODIES = 30, 500
LOADS = (("1 caller", 1, 0), ("16 callers, 400/s", 16, 400), ("16 callers, all they can", 16, 0))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=3.0)
    arguments.add_argument("--rounds", type=int, default=3)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        bodies.write_bytes(_bodies())
        layout = _watched(Path(folder))
        upstream = subprocess.Popen(
            [sys.executable, str(PARTS / "bare_answer.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert upstream.stdout is not None
        port = int(upstream.stdout.readline())
        proxy = RunningProxy(layout, f"http://127.0.0.1:{port}")
        try:
            answered = _measure(asked.seconds, asked.rounds, port, proxy.port, bodies)
            captured = sum(len(one.ids) for _, one in proxy.captured())
        finally:
            proxy.end()
            upstream.communicate()
    print(f"answered through the proxy {answered}, captured {captured}")
    assert captured >= answered


def _measure(seconds: float, rounds: int, direct: int, proxied: int, bodies: Path) -> int:
    answered = 0
    print(
        f"{'':26} {'direct p50 ms':>14} {'through p50 ms':>15} {'adds ms':>9} {'p99 ms':>14} {'a second':>15}"
    )
    for name, callers, rate in LOADS:
        seen: dict[int, list[list[float]]] = {direct: [], proxied: []}
        for _ in range(rounds):
            for port, latencies in seen.items():
                latencies.append(_load(port, callers, rate, seconds, bodies))
        answered += sum(map(len, seen[proxied]))
        p50 = {port: statistics.median(map(statistics.median, found)) for port, found in seen.items()}
        p99 = [float(np.quantile(np.concatenate(found), 0.99)) for found in seen.values()]
        pace = [sum(map(len, found)) / seconds / rounds for found in seen.values()]
        print(
            f"{name:26} {p50[direct]:14.3f} {p50[proxied]:15.3f} {p50[proxied] - p50[direct]:9.3f} "
            f"{p99[0]:6.2f} {p99[1]:7.2f} {pace[0]:7.0f} {pace[1]:7.0f}"
        )
    return answered


def _load(port: int, callers: int, rate: int, seconds: float, bodies: Path) -> list[float]:
    command = [sys.executable, str(PARTS / "paced.py"), str(port), "/predict"]
    command += [str(callers), str(rate), str(seconds), str(bodies)]
    latencies: list[float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return latencies


def _watched(folder: Path) -> Layout:
    (folder / "everloop.toml").write_text("", encoding="utf-8")
    _, _, layout = project(folder)
    names = [f"measurement_{place}" for place in range(WIDTH)]
    digest = elsewhere_bundle(layout.bundles, numbers(*names, nullable=True), ("more", "less"))
    publish(layout, 1, route("sign", digest))
    return layout


def _bodies() -> bytes:
    rows = np.random.default_rng(0).normal(size=(BODIES, WIDTH)).round(3).tolist()
    return b"\n".join(
        json.dumps({"instances": [{f"measurement_{c}": value for c, value in enumerate(row)}]}).encode()
        for row in rows
    )


if __name__ == "__main__":
    main()
