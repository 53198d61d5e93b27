"""One worker against a bare ONNX Runtime HTTP loop, in the same run, in turns.

`python tests/benchmarks/serving.py [--seconds 2] [--rounds 3] [--own-client] [--shadow-only]`. Validation, routing and
`written` capture are on; requests carry one row of 30 named floats. Uses wrk where it is found, else the client in
`parts/`. Then a worker with one shadow beside one without: what it costs the answers.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from everloop.bundles.writer import file_entries, write_bundle
from everloop.records.bundle import BundleManifest
from everloop.records.codec import to_json
from everloop.records.names import new_id
from everloop.records.routes import Route, RouteTable, Variant
from everloop.records.signature import Column, Signature
from everloop.serving.worker_config import WorkerConfig
from everloop.settings import Serving
from everloop.stores.layout import Layout
from everloop.training.conversion import to_onnx

PARTS = Path(__file__).parent / "parts"
CONNECTIONS = (1, 16, 64)
BODIES = 500


@dataclass
class Server:
    """A process that answers at `port`."""

    name: str
    process: "subprocess.Popen[str]"
    port: int
    path: str
    start_s: float
    rates: dict[int, list[dict[str, float]]] = field(default_factory=dict)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def shadow_rows(self) -> float:
        if self.name != "shadowed":
            return 0.0
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith("everloop_shadow_rows_total{"))

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def models() -> Iterator[tuple[str, Signature, bytes, np.ndarray]]:
    """Two models over the 30 measurements of the breast cancer data."""
    from lightgbm import LGBMClassifier
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = load_breast_cancer()
    rows = data.data.astype(np.float32)
    names = [str(name).replace(" ", "_") for name in data.feature_names]
    signature = Signature(
        task="classification",
        target="benign",
        columns=tuple(Column(name=name, kind="number", nullable=False) for name in names),
        classes=(0, 1),
    )
    for name, estimator in (
        ("logistic regression", make_pipeline(StandardScaler(), LogisticRegression())),
        ("LightGBM, 200 trees", LGBMClassifier(n_estimators=200, verbose=-1, num_threads=1, random_state=0)),
    ):
        yield name, signature, to_onnx(estimator.fit(rows, data.target), signature), rows


@contextmanager
def bare(model: bytes, signature: Signature, folder: Path) -> Iterator[Server]:
    file = folder / "model.onnx"
    file.write_bytes(model)
    names = json.dumps([column.name for column in signature.columns])
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(PARTS / "bare_onnx.py"), str(file), names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(process.stdout.readline())
    try:
        yield Server("bare", process, port, "/", time.perf_counter() - start)
    finally:
        process.stdin.close()
        process.wait(10)


@contextmanager
def everloop(
    model: bytes, signature: Signature, folder: Path, capture: str, *, shadowed: bool = False
) -> Iterator[Server]:
    """One worker; with the capture `off`, one whose log keeps nothing."""
    layout = Layout(folder / f"{'shadowed' if shadowed else 'workspace'}-{capture}")
    layout.run.mkdir(parents=True)
    layout.routes.mkdir()
    program = [str(PARTS / "uncaptured_worker.py")] if capture == "off" else ["-m", "everloop.serving.worker"]
    files = {"model.onnx": model}
    digests = []
    for recipe in ("0", "1"):  # the same model under two digests
        manifest = BundleManifest(
            runtime="onnx", signature=signature, files=file_entries(files), recipe=recipe * 64, data="0" * 64
        )
        digests.append(write_bundle(layout.bundles, manifest, files))
    champion = Variant(name="champion", model="bench", version=1, bundle=digests[0], share=1.0)
    candidate = Variant(name="candidate", model="bench", version=2, bundle=digests[1], share=0.0)
    route = Route(
        endpoint="bench", salt="salt", variants=(champion,), shadows=(candidate,) if shadowed else ()
    )
    table = RouteTable(number=1, published_at=datetime.now(UTC), routes=(route,))
    (layout.routes / "current.json").write_bytes(to_json(table))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    ours, theirs = socket.socketpair()
    config = WorkerConfig(
        root=str(layout.root),
        slot=0,
        token=new_id("w"),
        listen_fd=listener.fileno(),
        channel_fd=theirs.fileno(),
        serving=Serving() if capture == "off" else Serving(capture=capture),
    )
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *program, config.to_argument()],
        pass_fds=(listener.fileno(), theirs.fileno()),
        text=True,
    )
    theirs.close()
    ours.makefile().readline()
    try:
        port = listener.getsockname()[1]
        name = "shadowed" if shadowed else "everloop"
        yield Server(name, process, port, "/endpoints/bench/invocations", time.perf_counter() - start)
    finally:
        process.terminate()
        process.wait(10)
        ours.close()
        listener.close()


def load(server: Server, connections: int, seconds: float, bodies: Path, *, wrk: bool) -> dict[str, float]:
    before, shadows = server.cpu_s(), server.shadow_rows()
    result = (_wrk if wrk else _own_client)(server, connections, seconds, bodies)
    result["rate"] = result["answers"] / result["seconds"]
    result["cpu_us"] = (server.cpu_s() - before) / result["answers"] * 1e6
    result["shadow_rows"] = server.shadow_rows() - shadows
    return result


def _own_client(server: Server, connections: int, seconds: float, bodies: Path) -> dict[str, float]:
    command = [
        sys.executable,
        str(PARTS / "load.py"),
        *map(str, (server.port, server.path, connections, seconds, bodies)),
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _wrk(server: Server, connections: int, seconds: float, bodies: Path) -> dict[str, float]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    command += [
        "-s",
        str(PARTS / "cycle.lua"),
        f"http://127.0.0.1:{server.port}{server.path}",
        "--",
        str(bodies),
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"{server.name}: some requests failed\n{told}")
    words = told.split()
    after = {word: words[place + 1] for place, word in enumerate(words[:-1])}
    count, _, took = told.partition(" requests in ")
    return {
        "answers": int(count.split()[-1]),
        "seconds": _seconds(took.split(",")[0]),
        "p50_ms": _seconds(after["50%"]) * 1e3,
        "p99_ms": _seconds(after["99%"]) * 1e3,
    }


def _seconds(text: str) -> float:
    for unit, factor in (("us", 1e-6), ("ms", 1e-3), ("s", 1.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


def bodies_of(rows: np.ndarray, signature: Signature, file: Path) -> Path:
    names = [column.name for column in signature.columns]
    lines = [
        json.dumps({"instances": [dict(zip(names, map(float, row), strict=True))]}) for row in rows[:BODIES]
    ]
    file.write_text("\n".join(lines))
    return file


def take_turns(servers: tuple[Server, Server], bodies: Path, given: argparse.Namespace) -> None:
    for connections in CONNECTIONS:
        for server in servers:
            load(server, connections, 0.5 if not given.wrk else 1, bodies, wrk=given.wrk)  # warm
        for place in range(given.rounds):
            for server in servers if place % 2 else servers[::-1]:
                result = load(server, connections, given.seconds, bodies, wrk=given.wrk)
                server.rates.setdefault(connections, []).append(result)


def compare_shadowed(
    name: str, servers: tuple[Server, Server], bodies: Path, given: argparse.Namespace
) -> None:
    """What one shadow costs the answers of a worker that is as busy as can be."""
    take_turns(servers, bodies, given)
    plain, shadowed = servers
    print(f"\n{name}: with one shadow, against none")
    print(
        "  connections   rate   p50    p99    p99 ms: none  one   CPU us: none  one   shadow rows a 100 answers"
    )
    for connections in CONNECTIONS:
        pairs = list(zip(shadowed.rates[connections], plain.rates[connections], strict=True))
        ratio = {w: statistics.median(a[w] / b[w] for a, b in pairs) for w in ("rate", "p50_ms", "p99_ms")}
        p99, cpu = (
            [statistics.median(one[what] for one in s.rates[connections]) for s in servers]
            for what in ("p99_ms", "cpu_us")
        )
        seen = statistics.median(a["shadow_rows"] / a["answers"] for a, _ in pairs) * 100
        print(
            f"  {connections:>11}   {ratio['rate']:4.2f}   {ratio['p50_ms']:4.2f}   {ratio['p99_ms']:4.2f}"
            f"   {p99[0]:12.2f}  {p99[1]:4.2f}   {cpu[0]:12.0f}  {cpu[1]:3.0f}   {seen:5.1f}"
        )


def compare(name: str, servers: tuple[Server, Server], bodies: Path, given: argparse.Namespace) -> None:
    take_turns(servers, bodies, given)
    print(f"\n{name}")
    print("  connections   ratio   rate/s: bare  everloop   p50 ms         p99 ms         CPU us a request")
    limit, ours = servers
    for connections in CONNECTIONS:
        mid = {
            server.name: {
                what: statistics.median(one[what] for one in server.rates[connections])
                for what in ("rate", "p50_ms", "p99_ms", "cpu_us")
            }
            for server in servers
        }
        a, b = mid[limit.name], mid[ours.name]
        pairs = zip(ours.rates[connections], limit.rates[connections], strict=True)
        ratio = statistics.median(own["rate"] / bare["rate"] for own, bare in pairs)  # neighbours in time
        print(
            f"  {connections:>11}   {ratio:5.2f}   {a['rate']:12,.0f}  {b['rate']:8,.0f}"
            f"   {a['p50_ms']:5.2f}  {b['p50_ms']:5.2f}   {a['p99_ms']:5.2f}  {b['p99_ms']:5.2f}"
            f"   {a['cpu_us']:5.0f}  {b['cpu_us']:5.0f}"
        )
    for server in servers:
        print(f"  {server.name}: ready after {server.start_s:.2f} s, {server.memory_mb():.0f} MB")


def cost_of_capture(servers: tuple[Server, Server], bodies: Path, given: argparse.Namespace) -> None:
    """Check C1: rows captured a second, and what that adds to the p99; rounds beside one another, in turns."""
    off, on = servers
    for connections in CONNECTIONS:
        found: list[tuple[dict[str, float], dict[str, float]]] = []
        for place in range(given.rounds + 1):  # the first one warms
            order = servers if place % 2 else servers[::-1]
            one = {s.name: load(s, connections, given.seconds, bodies, wrk=given.wrk) for s in order}
            found.append((one[off.name], one[on.name]))
        rate = statistics.median(kept["rate"] for _, kept in found[1:])
        added = statistics.median(kept["p99_ms"] - lost["p99_ms"] for lost, kept in found[1:])
        p99 = statistics.median(kept["p99_ms"] for _, kept in found[1:])
        print(
            f"  C1, {connections:>2} connections: {rate:,.0f} rows/s captured (at least 1,000); "
            f"p99 {p99:.2f} ms, {added:+.2f} ms beside no capture (at most 10)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--capture", choices=("written", "synced"), default="written")
    parser.add_argument("--own-client", action="store_true", help="even where wrk is found")
    parser.add_argument("--shadow-only", action="store_true", help="leave the bare loop out")
    given = parser.parse_args()
    given.wrk = shutil.which("wrk") is not None and not given.own_client
    print(
        f"One worker, one row of 30 floats, capture `{given.capture}`; client: {'wrk' if given.wrk else 'our own'}"
    )
    for name, signature, model, rows in models():
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            bodies = bodies_of(rows, signature, place / "bodies")
            with (
                bare(model, signature, place) as limit,
                everloop(model, signature, place, given.capture) as ours,
            ):
                if not given.shadow_only:
                    compare(name, (limit, ours), bodies, given)
                with everloop(model, signature, place, "off") as uncaptured:
                    uncaptured.name = "everloop, nothing captured"
                    cost_of_capture((uncaptured, ours), bodies, given)
                with everloop(model, signature, place, given.capture, shadowed=True) as shadowed:
                    ours.rates.clear()
                    compare_shadowed(name, (ours, shadowed), bodies, given)


if __name__ == "__main__":
    main()
