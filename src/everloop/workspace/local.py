"""Operations on the workspace of this machine: in process, or through the control plane that has it open."""

import contextlib
import getpass
import threading
import time
from typing import TYPE_CHECKING

from everloop.access.tokens import control_token
from everloop.actions.operation import A, Operation, Q
from everloop.errors import Unreachable, WorkspaceBusy
from everloop.records.actor import Actor
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.workspace.control_file import control_url
from everloop.workspace.remote import RemoteClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from everloop.workspace.office import Office
    from everloop.workspace.runner import ThreadRunner

PATIENCE_S = 30.0  # for another process's action to end
LOOK_AGAIN_S = 0.05  # between looks whether the lock is free, or a control plane has come up


class LocalClient:
    """Carries out each operation wherever the workspace is open at that moment.

    While a control plane runs it has the workspace open, and gets the operation over HTTP. Else this process takes
    the writer's lock for the length of the operation.
    """

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout = layout
        self._settings = settings
        self._lock = WriterLock(layout.lock)
        self._runner: ThreadRunner | None = None  # made with the first office
        self._actor = Actor(kind="person", name=getpass.getuser())
        self._remote: RemoteClient | None = None
        self._turn = threading.Lock()
        self._kept: Office | None = None  # while we stay

    def call(self, operation: Operation[Q, A], request: Q, *, key: str, table: "pa.Table | None" = None) -> A:
        """The operation's answer. Raises WorkspaceBusy if another process keeps the workspace for half a minute.

        A control plane may come or go between the look and the call: the key makes it safe to try again.
        """
        if self._kept is not None:
            return self._kept.perform(operation, request, actor=self._actor, key=key, table=table)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._in_process(operation, request, key, table)
            except WorkspaceBusy:
                if time.monotonic() > deadline:
                    raise
            remote = self._control_plane()
            if remote is not None:
                with contextlib.suppress(Unreachable):
                    return remote.call(operation, request, key=key, table=table)
            time.sleep(LOOK_AGAIN_S)

    @contextlib.contextmanager
    def staying(self, purpose: str) -> "Iterator[Office | None]":
        """Keep the workspace open in this process for a block; None where a control plane has it open.

        Operations of every thread run in this office meanwhile. Raises WorkspaceBusy as `call` does.
        """
        if not self._taken(purpose):
            yield None
            return
        try:
            self._kept = self._office()
            yield self._kept
        finally:
            kept, self._kept = self._kept, None
            if kept is not None:
                kept.close()
            self._lock.release()

    def has_control_plane(self) -> bool:
        """Whether a control plane has the workspace open now."""
        return control_url(self._layout) is not None

    def close(self) -> None:
        """Close the connection to a control plane."""
        if self._remote is not None:
            self._remote.close()

    def _in_process(self, operation: Operation[Q, A], request: Q, key: str, table: "pa.Table | None") -> A:
        with self._lock.held(purpose=f"`{operation.name}`", timeout=0.0):
            office = self._office()
            try:
                return office.perform(operation, request, actor=self._actor, key=key, table=table)
            finally:
                office.close()

    def _taken(self, purpose: str) -> bool:
        """Take the lock, or see that a control plane has it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._lock.acquire(purpose=purpose)
            except WorkspaceBusy:
                if self.has_control_plane():
                    return False
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_AGAIN_S)
            else:
                return True

    def _office(self) -> "Office":
        """An opened office. It and its stores are imported here: a client of a control plane needs neither."""
        from everloop.workspace.office import Office
        from everloop.workspace.runner import ThreadRunner

        self._runner = self._runner or ThreadRunner(self._layout, self._settings, self)
        return Office(self._layout, self._settings, self._runner)

    def _control_plane(self) -> RemoteClient | None:
        url = control_url(self._layout)
        if url is None:
            return None
        with self._turn:
            if self._remote is None or self._remote.url != url:
                self._remote = RemoteClient(url, control_token(self._layout))
            return self._remote
