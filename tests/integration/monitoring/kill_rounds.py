"""Kills whoever monitors an endpoint, again and again, until all of its rows are looked at.

    python kill_rounds.py ROOT

Makes a workspace at ROOT with 600 answers in its capture log, some of them from a world that has moved, and a
copy of it. In the one, children are killed before, amid and after they record a window; in the copy nobody is. Tells
as JSON what both show in the end, and how many children were killed.
"""

import json
import os
import shutil
import signal
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from everloop.actions import monitor_endpoint, monitor_rows, record_window
from everloop.actions.context import Context
from everloop.actions.monitor_endpoint import monitor
from everloop.clock import FixedClock
from everloop.datasets.append import record, written
from everloop.ledger.capture import Answered
from everloop.ledger.capture import Context as Answering
from everloop.ledger.segment import SegmentLog
from everloop.records.actor import Actor
from everloop.records.alert import Alert
from everloop.records.codec import to_json
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import MonitorStanding, MonitorWindow
from everloop.records.names import new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.target import TargetRule
from everloop.registry.champions import open_endpoint
from everloop.registry.versions import register
from everloop.settings import Monitoring, Settings
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.file_blobs import FileBlobs
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers

EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TARGET = TargetRule(outcome="y")
MOST_KILLS = 100
PLACES = ("before", "amid", "after")
ROWS, WINDOW, ERA = 600, 20, 150  # the world moves and comes back every so many rows
ADA = Actor(kind="person", name="ada")


class NoRunner:
    def claim(self, run):
        """Nothing is trained here."""

    start = release = claim


def context(root):
    layout = Layout(root)
    return Context(
        layout=layout,
        settings=Settings(monitoring=Monitoring(window_rows=WINDOW)),
        clock=FixedClock(EVENING),
        metadata=SqlMetadata(layout.metadata),
        tables=DeltaTables(layout.tables),
        blobs=FileBlobs(layout.blobs),
        actor=ADA,
        key=new_id("key"),
        runner=NoRunner(),
    )


def prepare(root):
    """A dataset, a model of it behind an endpoint, and answers that nobody has looked at."""
    create_workspace(root)
    here, chance = context(root), np.random.default_rng(4)
    values = chance.normal(size=(600, 2))
    table = pa.table({"a": values[:, 0], "b": values[:, 1], "y": np.where(values[:, 0] > 0, "yes", "no")})
    bundle = linear_bundle(
        here.layout.bundles, numbers("a", "b"), [[-1.0, 0.0], [1.0, 0.0]], classes=("no", "yes")
    )
    recipe = RecipeRecord(estimator="linear", estimator_digest="e", hyperparameters={}, target=TARGET)
    new = written(here.metadata, here.tables, dataset="shop", rows=table, key="k", clock=here.clock)
    with here.metadata.transaction() as transaction:
        record(transaction, new)
        version = ModelVersion(
            model="shop", number=0, bundle=bundle, run=new_id("run"), recipe=here.blobs.write(to_json(recipe)),
            dataset="shop", dataset_version=1, data_digest="d", code_version="", environment={},
            signature=signature(here.layout, bundle), target=TARGET, created_at=EPOCH, by=ADA,
        )  # fmt: skip
        version = register(transaction, version)
        transaction.add(open_endpoint("shop", version, EVENING - timedelta(hours=12)))
    capture(here.layout, version, chance)
    here.metadata.close()


def signature(layout, bundle):
    from everloop.bundles.door import open_bundle

    return open_bundle(layout.bundles, bundle).manifest.signature


def capture(layout, version, chance):
    log = SegmentLog(layout.capture)
    number = log.context(
        Answering(
            endpoint="shop", variant="champion", model="shop", version=1, bundle=version.bundle,
            signature=version.signature, route_table=1, share=1.0,
        )
    )  # fmt: skip
    for place in range(ROWS):
        shift = 3.0 * (place // ERA % 2)
        row = {"a": float(chance.normal()), "b": float(chance.normal(shift))}
        served = (EVENING - timedelta(hours=10) + timedelta(seconds=place) - EPOCH) // timedelta(
            microseconds=1
        )
        body = msgspec.json.encode({"instances": [row]})
        log.append(
            [Answered(number, [f"p{place:05d}"], body, struct.pack("<2f", 0.3, 0.7), served * 1000, 100)]
        )
    log.close()


def look_at_all(root):
    here = context(root)
    while monitor(here, "shop"):
        pass
    here.metadata.close()


def apart(work, root):
    """Do it in a process of its own: Delta's threads do not survive a fork, so the parent starts none."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work(root)
            status = 0
        finally:
            os._exit(status)
    return child


def done(child):
    """Wait for a child to end by itself."""
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError("A child failed; its words are above.")


def look_until_killed(place, windows):
    """A look that is killed at its window number `windows`: before it is recorded, amid its transaction, or after."""

    def look(root):
        recorded, inside = monitor_endpoint.record_window, record_window._apply
        count = 0

        def counted(*arguments):
            nonlocal count
            count += 1
            if place == "before" and count == windows:
                os.kill(os.getpid(), signal.SIGKILL)
            kept = recorded(*arguments)
            if place == "after" and count == windows:
                os.kill(os.getpid(), signal.SIGKILL)
            return kept

        def amid(*arguments):
            inside(*arguments)
            if place == "amid" and count == windows:
                os.kill(os.getpid(), signal.SIGKILL)

        monitor_endpoint.record_window, record_window._apply = counted, amid
        look_at_all(root)

    return look


def killed_again_and_again(root):
    """How many were killed until one came to the end."""
    for kills in range(MOST_KILLS):
        place, windows = PLACES[kills % 3], 1 + kills // 3 % 5
        _, status = os.waitpid(apart(look_until_killed(place, windows), root), 0)
        if status == 0:
            return kills
    raise RuntimeError("It does not come to an end.")


def shown(root):
    """What the metadata tell, without ids that are made by chance."""
    here = context(root)
    with here.metadata.transaction() as transaction:
        standing = transaction.get(MonitorStanding, "shop")
        windows = transaction.find(MonitorWindow, endpoint="shop")
        alerts = transaction.find(Alert, endpoint="shop")
        events = transaction.find(Event)
    here.metadata.close()
    return {
        "standing": [standing.windows, standing.upto_id, standing.reference],
        "windows": sorted([w.number, w.rows, w.until.isoformat()] for w in windows),
        "alerts": sorted([a.monitor, a.subject, a.state, a.windows, a.clean, a.harm] for a in alerts),
        "events": [[e.action, a["monitor"], a["column"]] for e in events for a in e.after["alerts"]],
    }


def main(root):
    monitor_rows.MOST_WINDOWS = ROWS  # windows of one size, however many rows wait
    disturbed, undisturbed = root / "disturbed", root / "undisturbed"
    done(apart(prepare, disturbed))
    shutil.copytree(disturbed, undisturbed)
    kills = killed_again_and_again(disturbed)
    done(apart(look_at_all, undisturbed))
    json.dump({"kills": kills, "disturbed": shown(disturbed), "undisturbed": shown(undisturbed)}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
