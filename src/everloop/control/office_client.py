"""Operations in the office that this process has open: for what the control plane itself has to do."""

import pyarrow as pa

from everloop.actions.operation import A, Operation, Q
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.training.spare import Spare
from everloop.workspace.office import PLATFORM, Office
from everloop.workspace.runner import ThreadRunner


class OfficeClient:
    """Runs end through this client, and are started by its office."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        """Open the office. The caller holds the workspace's lock."""
        self._spare = Spare()
        self.office = Office(layout, settings, ThreadRunner(layout, settings, self, self._spare))

    def call(self, operation: Operation[Q, A], request: Q, *, key: str, table: pa.Table | None = None) -> A:
        """The operation's answer; the platform is its actor."""
        return self.office.perform(operation, request, actor=PLATFORM, key=key, table=table)

    def close(self) -> None:
        """Close the office."""
        self._spare.close()
        self.office.close()
