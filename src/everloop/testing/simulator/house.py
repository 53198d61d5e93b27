"""One simulated workspace: stores that outlive every process, a clock that is told to move, and contexts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from everloop.actions.context import Context
from everloop.bundles.writer import file_entries, write_bundle
from everloop.clock import FixedClock
from everloop.jobs.leased import LeasedJobs
from everloop.jobs.memory import MemoryJobs
from everloop.jobs.queue import JobQueue
from everloop.records.actor import Actor
from everloop.records.bundle import BundleManifest
from everloop.records.codec import Stored
from everloop.records.model_version import ModelVersion
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.stores.memory_blobs import MemoryBlobs
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables
from everloop.testing.simulator.faults import FaultyBlobs, FaultyJobs, FaultyMetadata, Points
from everloop.testing.simulator.scenario import Scenario

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LOOP = Actor(kind="system", name="loop")
SIGNATURE = Signature(
    task="classification",
    target="truth",
    columns=(Column(name="n", kind="number", nullable=False),),
    classes=(0, 1),
)


class NoRunner:
    """Nothing is trained in a child process here."""

    def claim(self, run: str) -> None:
        """No run."""

    def start(self, run: str) -> None:
        """No run."""

    def release(self, run: str) -> None:
        """No run."""


class House:
    """The stores of one workspace in `folder`; `kept` hears what every transaction wrote."""

    def __init__(self, scenario: Scenario, folder: Path, kept: Callable[[Sequence[Stored]], None]) -> None:
        self.layout = Layout(folder)
        self.clock = FixedClock(EPOCH)
        self.points = Points(scenario.seed, scenario.faults)
        self.rows = MemoryMetadata()  # to look at, without faults
        self.metadata = FaultyMetadata(self.rows, self.points, kept)
        self.queue: JobQueue = (
            LeasedJobs(self.metadata, self.clock)
            if scenario.leased
            else FaultyJobs(MemoryJobs(self.clock), self.points)
        )
        self._blobs = FaultyBlobs(MemoryBlobs(), self.points)
        self._tables = MemoryTables()
        self._settings = Settings()
        self._runner = NoRunner()

    def context(self, actor: Actor, key: str) -> Context:
        """What an action works with."""
        return Context(
            layout=self.layout,
            settings=self._settings,
            clock=self.clock,
            metadata=self.metadata,
            tables=self._tables,
            blobs=self._blobs,
            actor=actor,
            key=key,
            runner=self._runner,
        )

    def for_loop(self, key: str) -> Context:
        """The loop's own."""
        return self.context(LOOP, key)

    def version(self, model: str, learned_from: int, target: TargetRule, fit: str) -> ModelVersion:
        """A version that is not registered yet, with a bundle of its own; nobody ever runs it."""
        return ModelVersion(
            model=model,
            number=0,
            bundle=_bundle(self.layout.bundles.resolve(), f"{model}/{fit}"),
            run=fit,
            recipe="r",
            dataset=model,
            dataset_version=learned_from,
            data_digest="d",
            code_version="",
            environment={},
            signature=SIGNATURE,
            target=target,
            created_at=self.clock.now(),
            by=LOOP,
        )


@cache
def _bundle(root: Path, content: str) -> str:
    """The digest of a bundle that is there, made once a process."""
    files = {"model.txt": content.encode()}
    manifest = BundleManifest(
        runtime="lightgbm", signature=SIGNATURE, files=file_entries(files), recipe="r", data="d"
    )
    return write_bundle(root, manifest, files)
