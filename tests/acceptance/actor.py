"""A process that acts on a workspace when it is told to, each time in a child of its own that can be killed.

Reads one JSON object a line: {"act": "append" | "deploy" | "race", ...}. The child says on standard output what
it was acknowledged. Importing takes a second; forking does not.
"""

import itertools
import json
import os
import sys
from pathlib import Path

import pyarrow as pa

from everloop.actions.append_rows import AppendRequest
from everloop.actions.deploy import DeployRequest
from everloop.actions.queries.endpoints import EndpointsQuery
from everloop.actions.registry import APPEND, DEPLOY, ENDPOINTS
from everloop.errors import EverloopError
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.workspace.local import LocalClient
from everloop.workspace.office import Office  # noqa: F401 - imported before any fork

ROOT = Path(sys.argv[1])


def say(message: dict[str, object]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")  # at once, in one piece


def append(client: LocalClient, order: dict[str, object]) -> None:
    """Appends with keys of their own, until killed."""
    for number in itertools.count():
        key = f"{order['name']}-{number}"
        rows = pa.table({"key": [key] * 5, "place": range(5)})
        say({"trying": key})
        version = client.call(APPEND, AppendRequest(dataset="rows"), key=key, table=rows)
        say({"acknowledged": key, "version": version.number})


def deploy(client: LocalClient, order: dict[str, object]) -> None:
    """Deploys whichever of two versions does not answer, until killed."""
    for number in itertools.count():
        key = f"{order['name']}-{number}"
        champions = [e.champion for e in client.call(ENDPOINTS, EndpointsQuery(), key="")]
        version = 2 if champions == ["echo@1"] else 1
        request = DeployRequest(endpoint="echo", model="echo", version=version, override="a test")
        say({"trying": key})
        deployed = client.call(DEPLOY, request, key=key)
        say({"acknowledged": key, "table": deployed.route_table})


def race(client: LocalClient, order: dict[str, object]) -> None:
    """Deploys once, if the champion is still the one that was seen."""
    request = DeployRequest(
        endpoint="echo",
        model="echo",
        version=int(str(order["version"])),
        override="a race",
        expected=str(order["expected"]),
    )
    try:
        deployed = client.call(DEPLOY, request, key=str(order["key"]))
        say({"won": deployed.route_table})
    except EverloopError as error:
        say({"lost": error.code})


ACTS = {"append": append, "deploy": deploy, "race": race}

say({"ready": os.getpid()})
staying = None  # a race has no child: both racers must start at the same moment
for line in sys.stdin:
    order = json.loads(line)
    if order["act"] == "race":
        staying = staying or LocalClient(Layout(ROOT), Settings())
        race(staying, order)
        continue
    child = os.fork()
    if child == 0:
        ACTS[order["act"]](LocalClient(Layout(ROOT), Settings()), order)
    say({"child": child})
    os.waitpid(child, 0)
    say({"ended": child})
