"""Carries runs out: a thread in this process waits for each run's child, and ends the run when the child has."""

import logging
import threading
from typing import TYPE_CHECKING

from everloop.actions.finish_run import FinishRunRequest
from everloop.actions.registry import FINISH_RUN
from everloop.errors import EverloopError
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.training.claim import Claim
from everloop.training.job import run_child
from everloop.training.tracking import start_tracking

if TYPE_CHECKING:
    from everloop.workspace.client import Client

log = logging.getLogger("everloop.training")


class ThreadRunner:
    """Runs in threads. A run ends through `client`, so that it ends wherever the workspace is open by then."""

    def __init__(self, layout: Layout, settings: Settings, client: "Client") -> None:
        self._layout = layout
        self._settings = settings
        self._client = client
        self._claims: dict[str, Claim] = {}

    def claim(self, run: str) -> None:
        """Say that this process will carry out the run."""
        self._claims[run] = Claim(self._layout, run)

    def start(self, run: str) -> None:
        """Carry out a claimed run in the background."""
        threading.Thread(target=self._carry_out, args=(run,), name=f"run {run}", daemon=True).start()

    def release(self, run: str) -> None:
        """Give a claimed run back."""
        claim = self._claims.pop(run, None)
        if claim is not None:
            claim.release()
