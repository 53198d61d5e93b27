"""`everloop up` as a child process, which ends with this one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from everloop.errors import Unreachable
from everloop.jobs.lifeline import VARIABLE
from everloop.serving.status import serving_status
from everloop.stores.layout import Layout
from everloop.workspace.control_file import control_url

COMMAND = "from everloop.jobs.lifeline import hold; hold(); from everloop.cli.app import main; main()"
WAIT_S = 120.0
STOP_S = 30.0
POLL_S = 0.05


class UpProcess:
    """Both planes of a project. It leads a session of its own: Ctrl-C is for this process, which then stops it."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        """Start it, and wait until it answers; its log is `up.log` in the project's folder.

        Raises Unreachable with the last line of its log where it ends instead.
        """
        self._log = folder / "up.log"
        reading, self._lifeline = os.pipe()
        try:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    (sys.executable, "-c", COMMAND, "up", "--folder", str(folder)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, VARIABLE: str(reading)},
                    pass_fds=(reading,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(reading)
        try:
            self._wait(layout)
        except BaseException:
            self.stop()
            raise

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Let it end cleanly; kill it where it takes too long. More than once does no harm."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its workers leave when it is gone
                self._process.wait()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _wait(self, layout: Layout) -> None:
        deadline = time.monotonic() + WAIT_S
        while True:
            status = serving_status(layout)
            if status is not None and status.ready and control_url(layout) is not None:
                return
            if self._process.poll() is not None:
                raise Unreachable(f"`everloop up` ended at once: {self._last_line()}")
            if time.monotonic() > deadline:
                raise Unreachable(f"`everloop up` did not answer within {WAIT_S:.0f} s: {self._last_line()}")
            time.sleep(POLL_S)

    def _last_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else f"see {self._log}."
