"""The data plane as a workspace reaches it: found, started where there is none, waited for."""

import time
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from everloop.access.loopback import is_loopback
from everloop.actions.queries.status import ServingQuery
from everloop.actions.registry import SERVING
from everloop.errors import BundleRefused, PortTaken, Unreachable
from everloop.serving.listening import listen
from everloop.serving.status import ServingStatus, serving_status
from everloop.serving.supervisor_config import SupervisorConfig
from everloop.serving.supervisor_process import SupervisorProcess
from everloop.settings import Serving, Settings
from everloop.stores.layout import Layout
from everloop.stores.workspace_clock import clock_of
from everloop.workspace.client import Client

WAIT_S = 60.0
POLL_S = 0.02


class Plane(Protocol):
    """The processes that answer predictions."""

    def status(self) -> ServingStatus | None:
        """How they are; None where there are none."""
        ...

    def url(self) -> str:
        """Where predictions are asked for; raises Unreachable where nothing serves."""
        ...

    def start(self) -> str:
        """Make sure that there are some, and answer their URL."""
        ...

    def stop(self) -> None:
        """Stop what `start` started."""
        ...


def _serving(plane: Plane) -> ServingStatus:
    status = plane.status()
    if status is None:
        raise Unreachable("Nothing serves this workspace.", remedy="Start it with `everloop up`.")
    return status


def wait_until_served(plane: Plane, route_table: int, bundle: str = "") -> None:
    """Wait until every worker answers from this route table or a later one; at once where nothing serves.

    Raises BundleRefused if a worker did not let `bundle` in, Unreachable after a minute.
    """
    deadline = time.monotonic() + WAIT_S
    while True:
        status = plane.status()
        if status is None:
            return
        for refused in status.refused:
            if refused.bundle == bundle:
                raise BundleRefused(f"The workers refused it: {refused.reason}")
        if status.has_reached(route_table):
            return
        if time.monotonic() > deadline:
            raise Unreachable(f"The workers have not reached route table {route_table} after {WAIT_S:.0f} s.")
        time.sleep(POLL_S)


class LocalPlane:
    """The data plane of a workspace on this machine. What it starts ends with this process."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self._layout = layout
        self._settings = settings
        self._process: SupervisorProcess | None = None

    def status(self) -> ServingStatus | None:
        """How the workers are; None where there are none."""
        return serving_status(self._layout)

    def url(self) -> str:
        """Where they answer; raises Unreachable where nothing serves."""
        return _serving(self).url

    def start(self) -> str:
        """Make sure that workers serve; on another port where the declared one is taken."""
        status = self.status()
        if status is None:
            clock_of(self._layout, self._settings)  # before anything is served by it
            serving = _with_free_port(self._settings.serving)
            self._process = SupervisorProcess(SupervisorConfig(root=str(self._layout.root), serving=serving))
        deadline = time.monotonic() + WAIT_S
        while (status := self.status()) is None or status.ready == 0:
            code = self._process.ended() if self._process is not None else None
            if code is not None:
                raise Unreachable(f"The data plane ended with code {code}.")
            if time.monotonic() > deadline:
                raise Unreachable(f"The data plane did not start within {WAIT_S:.0f} s.")
            time.sleep(POLL_S)
        return status.url

    def stop(self) -> None:
        """Let the workers drain, and wait for them; does nothing if none were started here."""
        if self._process is not None:
            self._process.stop()
            self._process = None


class RemotePlane:
    """The data plane of a workspace behind a control plane."""

    def __init__(self, client: Client, control_url: str, url: str = "") -> None:
        """`url` is where this machine reaches the data plane; without it, where that machine says it answers."""
        self._client = client
        self._control_host = urlsplit(control_url).hostname or ""
        self._url = url

    def status(self) -> ServingStatus | None:
        """How the workers are, by the control plane's word."""
        return self._client.call(SERVING, ServingQuery(), key="").serving

    def url(self) -> str:
        """Where predictions are asked for; raises Unreachable for an address that means another machine here."""
        if self._url:
            return self._url
        status = _serving(self)
        if is_loopback(status.host) and not is_loopback(self._control_host):
            raise Unreachable(
                f"The data plane answers at {status.url} of its own machine only.",
                remedy="Forward its port, and give connect(..., predict_url=...) the address that reaches it.",
            )
        return status.url

    def start(self) -> str:
        """Its URL; raises Unreachable where nothing serves there: it is not ours to start."""
        return self.url()

    def stop(self) -> None:
        """Nothing of it is ours."""


def _with_free_port(serving: Serving) -> Serving:
    try:
        listen(serving.host, serving.port).close()
    except PortTaken:
        return replace(serving, port=0)
    return serving
