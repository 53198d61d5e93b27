"""A process that does the work of a cycle when it is told to, each time in a child that can be killed.

Reads one JSON object a line: {"act": "pin" | "fit", "root": FOLDER, "die_at": POINT}. The child opens the workspace as
a control plane does, kills itself at a point such as `tables.append:after`, or says what the work gave.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import onnxmltools  # noqa: F401 - imported before any fork, as what follows is
import pandas as pd  # noqa: F401
import skl2onnx  # noqa: F401
import sklearn.compose  # noqa: F401

import everloop.datasets.append
import everloop.training.fit
import everloop.training.job  # noqa: F401
from everloop.actions import fit_candidates as fitting
from everloop.actions.context import Context
from everloop.actions.fit_candidates import fit_candidates
from everloop.actions.pin_data import pin_data
from everloop.actions.start_run import start_run
from everloop.control.office_client import OfficeClient
from everloop.records.actor import Actor
from everloop.records.cycle import Cycle
from everloop.settings import Settings, Training
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.testing.trained_here import trained_here

SETTINGS = Settings(training=Training(mlflow=False, threads=1))


def say(message: dict[str, object]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")  # at once, in one piece


class Dying:
    """Something whose calls end the process, as `kill -9` would, right before or after one of them."""

    def __init__(self, name: str, inner: object, die_at: str) -> None:
        self._name, self._inner, self._die_at = name, inner, die_at

    def __getattr__(self, verb: str) -> Callable[..., object]:
        return dying(f"{self._name}.{verb}", getattr(self._inner, verb), self._die_at)


def dying(name: str, call: Callable[..., object], die_at: str) -> Callable[..., object]:
    def called(*args: object, **options: object) -> object:
        die(f"{name}:before", die_at)
        answer = call(*args, **options)
        die(f"{name}:after", die_at)
        return answer

    return called


def die(point: str, at: str) -> None:
    if point == at:
        os.kill(os.getpid(), signal.SIGKILL)


def act(order: dict[str, str]) -> None:
    layout = Layout(Path(order["root"]))
    with WriterLock(layout.lock).held(purpose="a test", timeout=60):
        client = OfficeClient(layout, SETTINGS)
        plain = client.office.context(Actor(kind="system", name="loop"), "key")
        with plain.metadata.transaction() as transaction:
            cycle = transaction.find(Cycle)[0]
        at = order["die_at"]
        watched = replace(
            plain, tables=Dying("tables", plain.tables, at), blobs=Dying("blobs", plain.blobs, at)
        )
        result = WORKS[order["act"]](watched, cycle, at)
        client.close()
    say({"result": msgspec.to_builtins(result)})


def pin(context: Context, cycle: Cycle, at: str) -> object:
    result = pin_data(context, cycle)
    die("pin:after", at)
    return result


def fit(context: Context, cycle: Cycle, at: str) -> object:
    fitting.start_run = dying("start_run", start_run, at)
    fitting._pause = dying("pause", fitting._pause, at)  # while threads fit
    result = fit_candidates(context, cycle)
    die("fit:after", at)
    return result


WORKS = {"pin": pin, "fit": fit}

say({"ready": os.getpid()})
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        with trained_here():  # what dies here is the cycle's work; tests of trainings kill theirs
            act(order)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    say({"ended": os.waitstatus_to_exitcode(status)})
