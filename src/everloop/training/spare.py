"""A training's child that waits: what it imports takes seconds, and is there before the next training begins."""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from everloop.jobs.local import LocalJob

WAIT = "--wait"  # the child's argument: its run's folder comes by standard input
KEPT_S = 300.0  # after a training, for another: it holds some 250 MB


class Spare:
    """One at most, for as long after the last training as the next one is likely. Safe from several threads."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._kept_s = kept_s
        self._turn = threading.Lock()
        self._job: LocalJob | None = None
        self._environment: Mapping[str, str] = {}
        self._timer: threading.Timer | None = None
        self._closed = False

    def take(self, folder: Path, environment: Mapping[str, str]) -> LocalJob | None:
        """The child that waited, at work in `folder`; None where there is none, or of another environment."""
        job, its_own = self._out()
        if job is None:
            return None
        if its_own == environment:
            try:
                job.tell(str(folder))
            except OSError:  # it has died meanwhile
                pass
            else:
                return job
        job.end()
        return None

    def renew(self, environment: Mapping[str, str]) -> None:
        """Have one wait, of this environment; an older one ends. Where none can be started, there is none."""
        self._end()
        with self._turn:
            if self._closed or self._job is not None:
                return
            command = [sys.executable, "-P", "-m", "everloop.training.child", WAIT]
            try:
                self._job = LocalJob(command, log=Path(os.devnull), environment=environment, told=True)
            except OSError:
                return
            self._environment = environment
            self._timer = threading.Timer(self._kept_s, self._end)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """End the one that waits; none waits any more."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        job, _ = self._out()
        if job is not None:
            job.end()

    def _out(self) -> tuple[LocalJob | None, Mapping[str, str]]:
        with self._turn:
            job, self._job = self._job, None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            return job, self._environment
