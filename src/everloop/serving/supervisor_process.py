"""A supervisor in a process of its own, whose life hangs on ours."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import msgspec

from everloop.serving.supervisor_config import SupervisorConfig

STOP_S = 5.0  # beyond the workers' drain, before it is killed


class SupervisorProcess:
    """A started supervisor. When this process dies, however it dies, the supervisor and its workers leave.

    It leads a session of its own: Ctrl-C is for this process, which then stops it.
    """

    def __init__(self, config: SupervisorConfig) -> None:
        """Start it; whether it can serve shows later, in `serving_status` or in its exit code."""
        self._drain_s = config.serving.drain_s
        self._is_asked = False
        reading, self._life = os.pipe()
        try:
            argument = msgspec.json.encode(replace(config, parent_fd=reading)).decode()
            self._process = subprocess.Popen(
                (sys.executable, "-m", "everloop.serving.supervisor", argument),
                pass_fds=(reading,),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._life)
            raise
        finally:
            os.close(reading)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ended(self) -> int | None:
        """Its exit code; None while it runs. A signal's is negative."""
        return self._process.poll()

    def replace_workers(self) -> None:
        """Replace every worker, one by one, without losing a request."""
        self._process.send_signal(signal.SIGHUP)

    def ask_to_stop(self) -> None:
        """Let the workers drain; `stop` then waits for them."""
        self._process.terminate()
        self._is_asked = True

    def stop(self) -> None:
        """Let the workers drain, and wait until all are gone."""
        if not self._is_asked:
            self.ask_to_stop()  # a second time would mean: at once
        try:
            self._process.wait(self._drain_s + STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its workers leave when it is gone
            self._process.wait()
        os.close(self._life)
