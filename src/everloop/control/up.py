"""Everything on one machine: the data plane as a child process, the control plane in this one."""

import getpass
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from everloop.access.loopback import require_loopback
from everloop.access.policy import Principal
from everloop.access.tokens import control_token
from everloop.control.plane_keeper import PlaneKeeper
from everloop.errors import WorkspaceBusy
from everloop.records.actor import Actor
from everloop.serving.caught_signals import caught_signals
from everloop.serving.listening import listen
from everloop.serving.status import ServingStatus, serving_status, url_of
from everloop.serving.stderr_log import log_to_stderr
from everloop.serving.supervisor_config import SupervisorConfig
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.stores.workspace_clock import clock_of
from everloop.workspace.control_file import published_control

if TYPE_CHECKING:
    from everloop.web.pages import Pages

UP = "`everloop up`"
LOCK_S = 2.0  # another `up` may be leaving
LONG_LOCK_S = 10.0  # another process may be in the middle of an action
PORT_S = 2.0  # the control plane before us may just have been killed
LOOK_AGAIN_S = 0.05  # until the workers are ready; after that only signals wake us


def run_up(layout: Layout, settings: Settings, *, say: Callable[[str], None]) -> int:
    """Run both planes until INT or TERM; answers the exit code: 128 + signal, or the supervisor's where it failed.

    HUP replaces the workers one by one. Raises WorkspaceBusy (a second `up`), PortTaken, SettingsError.
    """
    require_loopback(settings.serving.host, "serving.host")
    log_to_stderr()
    with ExitStack() as stack:
        _hold_alone(stack, WriterLock(layout.lock))
        listener = stack.enter_context(_control_socket(layout, settings))
        wakeup = stack.enter_context(
            caught_signals(signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        )
        clock_of(layout, settings)  # before anything serves by it
        keeper = PlaneKeeper(SupervisorConfig(root=str(layout.root), serving=settings.serving))
        stack.callback(keeper.stop)
        pages = _open_control_plane(stack, layout, settings, listener)
        announce = _announcement(layout, pages, url_of(*listener.getsockname()[:2]), say)
        code = _Watch(layout, keeper, wakeup, announce).run()
        keeper.ask_to_stop()
        return code


def _hold_alone(stack: ExitStack, lock: WriterLock) -> None:
    """Hold the writer's lock; raises WorkspaceBusy, which for another `up` says how to see its page."""
    try:
        stack.enter_context(lock.held(purpose=UP, timeout=LOCK_S if UP in lock.holder() else LONG_LOCK_S))
    except WorkspaceBusy as error:
        holder = lock.holder()
        if UP not in holder:
            raise
        raise WorkspaceBusy(
            f"Everything runs here already: {holder}.",
            remedy="`everloop page` prints a link to its page; Ctrl-C in its terminal stops it.",
        ) from error


def _control_socket(layout: Layout, settings: Settings) -> socket.socket:
    killed = (layout.run / "control.json").exists()  # a clean stop removes it
    host, port = settings.control.host, settings.control.port
    return listen(host, port, setting="control.port", patience_s=PORT_S if killed else 0.0)


def _open_control_plane(
    stack: ExitStack, layout: Layout, settings: Settings, listener: socket.socket
) -> "Pages":
    """Imported here, while the workers start: the stores and the web framework take half a second."""
    from everloop.control.api_server import ApiServer
    from everloop.control.app import create_app
    from everloop.control.chore import Chore
    from everloop.control.office_client import OfficeClient
    from everloop.ledger.ledger import Ledger
    from everloop.web.pages import Pages
    from everloop.workspace.loop_engine import LoopEngine
    from everloop.workspace.monitoring import monitor_all

    client = OfficeClient(layout, settings)
    stack.callback(client.close)
    ledger = Ledger(client.office.tables, layout, client.office.clock)
    every_s = settings.control.compact_every_s
    stack.callback(Chore("moving captured rows into their tables", ledger.compact, every_s).stop)
    stack.callback(Chore("monitoring", lambda: monitor_all(client.office), every_s).stop)
    engine = LoopEngine(client.office)
    engine.start()
    stack.callback(engine.stop)
    owner = Principal(actor=Actor(kind="person", name=getpass.getuser()), role="maintainer")
    token = control_token(layout)
    pages = Pages(client.office, principal=owner, secret=token)
    app = create_app(client.office, settings=settings.control, token=token, principal=owner, pages=pages)
    stack.callback(ApiServer(app, listener).stop)
    stack.callback(pages.close)
    stack.enter_context(published_control(layout, url_of(*listener.getsockname()[:2])))
    return pages


class _Watch:
    """The main thread: sleeps until a signal comes, or until something is due."""

    def __init__(
        self,
        layout: Layout,
        keeper: PlaneKeeper,
        wakeup: socket.socket,
        announce: Callable[[ServingStatus], None],
    ) -> None:
        self._layout = layout
        self._keeper = keeper
        self._wakeup = wakeup
        self._announce = announce

    def run(self) -> int:
        while True:
            code = self._keeper.keep(time.monotonic())
            if code is not None:
                return code
            if not self._keeper.has_served:
                self._look_for_workers()
            number = self._signal(self._idle_s())
            if number in (signal.SIGINT, signal.SIGTERM):
                return 128 + number
            if number == signal.SIGHUP and self._keeper.process is not None:
                self._keeper.process.replace_workers()

    def _idle_s(self) -> float | None:
        if not self._keeper.has_served:
            return LOOK_AGAIN_S
        return self._keeper.idle_s(time.monotonic())

    def _signal(self, within_s: float | None) -> int | None:
        ready, _, _ = select.select([self._wakeup], [], [], within_s)
        return self._wakeup.recv(1)[0] if ready else None

    def _look_for_workers(self) -> None:
        status = serving_status(self._layout)
        if status is not None and status.ready > 0:
            self._keeper.has_served = True
            self._announce(status)


def _announcement(
    layout: Layout, pages: "Pages", control_url: str, say: Callable[[str], None]
) -> Callable[[ServingStatus], None]:
    def announce(status: ServingStatus) -> None:
        say(
            f"Everloop is up (process {os.getpid()}). Its page opens once, and for a quarter of an hour, with\n"
            f"\n  {pages.url(control_url)}\n\n"
            f"  predictions  {status.url}/endpoints/NAME/invocations\n"
            f"  control      {control_url}\n"
            f"  workspace    {layout.root}\n"
            "`everloop page` prints a fresh link. Ctrl-C stops everything."
        )

    return announce
