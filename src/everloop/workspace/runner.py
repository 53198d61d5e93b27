"""Carries runs out: a thread in this process waits for each run's child, and ends the run when the child has."""

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING

from everloop.actions.context import OURS
from everloop.actions.finish_run import FinishRunRequest
from everloop.actions.mark_tracked import MarkTrackedRequest
from everloop.actions.registry import FINISH_RUN, MARK_TRACKED
from everloop.errors import EverloopError, WorkspaceError
from everloop.records.run import Run
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.training.claim import Claim
from everloop.training.job import run_child
from everloop.training.spare import Spare
from everloop.training.tracking import start_tracking, tracking_id

if TYPE_CHECKING:
    from everloop.workspace.client import Client

TRACKING_S = 300.0  # MLflow makes its store at the first run, which takes a while
POLL_S = 0.5
AGAIN_S = 2.0

log = logging.getLogger("everloop.training")


class ThreadRunner:
    """Runs in threads. A run ends through `client`, so that it ends wherever the workspace is open by then.

    With a `spare`, as in a process that stays, a child waits for the training that follows one.
    """

    def __init__(
        self, layout: Layout, settings: Settings, client: "Client", spare: Spare | None = None
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._client = client
        self._spare = spare
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

    def _carry_out(self, run: str) -> None:
        try:
            finished = self._finish(self._result(run))
        except EverloopError:
            log.exception("Run %s could not be ended; it will count as interrupted.", run)
            return
        finally:
            self.release(run)
        if finished.tracking == "pending":
            self._track(finished)

    def _finish(self, ended: FinishRunRequest) -> Run:
        """End the run. A workspace that is busy, or full, is asked again: a trained model is not thrown away."""
        while True:
            try:
                return self._client.call(FINISH_RUN, ended, key=f"{OURS}finish-{ended.run}")
            except WorkspaceError as error:
                log.warning("Run %s waits to be ended: %s", ended.run, error)
                time.sleep(AGAIN_S)

    def _track(self, run: Run) -> None:
        """Have it logged, by a process that outlives this one: its id is recorded here or at the next opening."""
        start_tracking(self._layout, run)
        deadline = time.monotonic() + TRACKING_S
        while not (found := tracking_id(self._layout, run.id)):
            if time.monotonic() > deadline:
                log.warning("Run %s is not in MLflow after %.0f s; see its log.", run.id, TRACKING_S)
                return
            time.sleep(POLL_S)
        request = MarkTrackedRequest(run=run.id, tracking_id=found)
        with contextlib.suppress(EverloopError):  # whoever opens the workspace next records it
            self._client.call(MARK_TRACKED, request, key=f"{OURS}tracked-{run.id}")

    def _result(self, run: str) -> FinishRunRequest:
        try:
            result = run_child(
                self._layout, run, seconds=self._settings.training.max_seconds, spare=self._spare
            )
        except EverloopError as error:
            return FinishRunRequest(run=run, state="failed", error=str(error))
        except (
            Exception
        ) as error:  # no memory for a child, no room for its log: the run must end all the same
            log.exception("Run %s could not be carried out.", run)
            return FinishRunRequest(run=run, state="failed", error=f"{type(error).__name__}: {error}")
        return FinishRunRequest(run=run, bundle=result.bundle, metrics=result.metrics, taught=result.taught)
