"""An opened workspace, in which operations run. Whoever has one holds the writer's lock."""

from typing import TYPE_CHECKING

from everloop.actions.context import Context, Runner
from everloop.actions.operation import A, Operation, Q
from everloop.actions.publish import publish_newest
from everloop.actions.settle_runs import settle_runs
from everloop.clock import Clock
from everloop.records.actor import Actor
from everloop.records.names import new_id
from everloop.settings import Settings
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.file_blobs import FileBlobs
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_clock import clock_of

if TYPE_CHECKING:
    import pyarrow as pa

PLATFORM = Actor(kind="system", name="everloop")


class Office:
    """The stores of a workspace, and the operations on them. Safe to use from several threads.

    The caller holds the workspace's lock from before it opens an office until it has closed it.
    """

    def __init__(
        self, layout: Layout, settings: Settings, runner: Runner, clock: Clock | None = None
    ) -> None:
        """Open the stores, and put right what a crash left: runs nobody carries out, an unpublished route table."""
        self.layout = layout
        self.settings = settings
        self.clock = clock or clock_of(layout, settings)
        self.tables = DeltaTables(layout.tables)
        self._runner = runner
        self._blobs = FileBlobs(layout.blobs)
        self._metadata = SqlMetadata(layout.metadata)
        settle_runs(self.context(PLATFORM, new_id("key")))
        publish_newest(layout, self._metadata)

    def context(self, actor: Actor, key: str, table: "pa.Table | None" = None) -> Context:
        """What an operation works with, for one call."""
        return Context(
            layout=self.layout,
            settings=self.settings,
            clock=self.clock,
            metadata=self._metadata,
            tables=self.tables,
            blobs=self._blobs,
            actor=actor,
            key=key,
            runner=self._runner,
            table=table,
        )

    def perform(
        self,
        operation: Operation[Q, A],
        request: Q,
        *,
        actor: Actor,
        key: str,
        table: "pa.Table | None" = None,
    ) -> A:
        """Run one operation."""
        return operation.run(self.context(actor, key, table), request)

    def close(self) -> None:
        """Close the stores."""
        self._metadata.close()
