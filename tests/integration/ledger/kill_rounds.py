"""Kills writers and compactors of one workspace, round after round, and prints what had been acknowledged.

python kill_rounds.py FOLDER ROUNDS. A process of its own, because it forks: it has no threads and has opened nothing
when it does. Each child is killed by its parent at a moment that a seed chooses.
"""

import json
import os
import random
import signal
import struct
import sys
import time
from pathlib import Path

from everloop.clock import SystemClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.records.signature import Column, Signature
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout

SIGNATURE = Signature(
    task="classification",
    target="y",
    columns=(Column(name="size", kind="number", nullable=True),),
    classes=(0, 1),
)
OUTPUT = struct.pack("<2f", 0.25, 0.75)


def write_for_ever(layout, acknowledge, number, chance):
    """Append groups, and acknowledge each on the pipe once it is kept."""
    log = SegmentLog(layout.capture, max_bytes=chance.choice([2_000, 20_000, 1 << 26]))
    contexts = [
        log.context(
            Context(
                endpoint=endpoint, variant="champion", model="m", version=1, bundle="b", signature=SIGNATURE,
                route_table=1, share=1.0,
            )
        )
        for endpoint in ("left", "right")
    ]  # fmt: skip
    count = 0
    while True:
        group = []
        for _ in range(chance.randint(1, 4)):
            ids = [f"{number}-{count + n}" for n in range(chance.randint(1, 3))]
            count += len(ids)
            body = json.dumps({"instances": [{"size": n} for n in range(len(ids))]}).encode()
            group.append(Answered(chance.choice(contexts), ids, body, OUTPUT * len(ids), time.time_ns(), 9))
        told = [Received(("left", "right")[a.context], a.ids[0], "y", 1, time.time_ns()) for a in group]
        log.append(group, told)
        os.write(acknowledge, "".join(f"{i} {a.context}\n" for a in group for i in a.ids).encode())
        log.rotate()


def killed_writer(layout, number, chance):
    """What a writer acknowledged before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write_for_ever(layout, writing, number, chance)
        finally:
            os._exit(1)
    os.close(writing)
    heard = b""
    enough = chance.randint(1, 4_000)
    while len(heard) < enough:
        heard += os.read(reading, 65_536)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while part := os.read(reading, 65_536):
        heard += part
    os.close(reading)
    return [line.split() for line in heard.decode().splitlines()]


def killed_compactor(layout, seconds):
    """Whether it had been killed before it was done."""
    child = os.fork()
    if child == 0:
        try:
            Ledger(DeltaTables(layout.tables), layout, SystemClock()).compact()
            os._exit(0)
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main():
    layout, rounds = Layout(Path(sys.argv[1])), int(sys.argv[2])
    chance = random.Random(2026)
    acknowledged, cut_off = [], 0
    for number in range(rounds):
        acknowledged += killed_writer(layout, number, random.Random(number))
        if number % 4 == 3:
            cut_off += killed_compactor(layout, chance.uniform(0.0, 0.12))
    print(json.dumps({"acknowledged": acknowledged, "compactors_cut_off": cut_off}))


main()
