from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from everloop.actions.context import Context
from everloop.bundles.writer import file_entries, write_bundle
from everloop.clock import FixedClock
from everloop.records.actor import Actor
from everloop.records.bundle import BundleManifest
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.registry.versions import register
from everloop.settings import Settings
from everloop.stores.memory_blobs import MemoryBlobs
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables
from everloop.stores.workspace_folder import create_workspace

START = datetime(2026, 1, 1, tzinfo=UTC)
SIGNATURE = Signature(
    task="classification",
    target="Churn",
    columns=(Column(name="tenure", kind="number", nullable=False),),
    classes=("No", "Yes"),
)


class RecordingRunner:
    """Remembers what it was told, and carries nothing out."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def claim(self, run: str) -> None:
        self.told.append(("claim", run))

    def start(self, run: str) -> None:
        self.told.append(("start", run))

    def release(self, run: str) -> None:
        self.told.append(("release", run))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        layout=create_workspace(tmp_path / ".everloop"),
        settings=Settings(),
        clock=FixedClock(START),
        metadata=MemoryMetadata(),
        tables=MemoryTables(),
        blobs=MemoryBlobs(),
        actor=Actor(kind="person", name="ada"),
        key="first",
        runner=RecordingRunner(),
    )


@pytest.fixture
def again(context: Context) -> Callable[[], Context]:
    """The same workspace with a key that was not used before."""
    return lambda: replace(context, key=new_id("key"))


@pytest.fixture
def versions(context: Context) -> list[ModelVersion]:
    """churn@1 to churn@3, each with a bundle of its own."""
    made = []
    for number in (1, 2, 3):
        files = {"model.txt": f"model {number}".encode()}
        manifest = BundleManifest(
            runtime="lightgbm", signature=SIGNATURE, files=file_entries(files), recipe="r", data="d"
        )
        version = ModelVersion(
            model="churn",
            number=0,
            bundle=write_bundle(context.layout.bundles, manifest, files),
            run=new_id("run"),
            recipe="r",
            dataset="churn",
            dataset_version=1,
            data_digest="d",
            code_version="",
            environment={},
            signature=SIGNATURE,
            target=TargetRule(outcome="Churn"),
            created_at=START,
            by=context.actor,
        )
        with context.metadata.transaction() as transaction:
            made.append(register(transaction, version))
    return made
