"""One worker as its supervisor sees it: a process, a channel, and what it said."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from everloop.records.names import new_id
from everloop.serving.channel import Channel, Message, RefusedBundle
from everloop.serving.status import WorkerStatus
from everloop.serving.worker_config import WorkerConfig
from everloop.settings import Serving

KILLED_AGAIN_S = 1.0  # a killed process may hang in the kernel for a while
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}  # a worker is a core; pools cost 0.1 s to start


@dataclass(slots=True, eq=False)
class WorkerProcess:
    """A started worker. Times without a zone are of the monotonic clock."""

    slot: int
    token: str
    process: subprocess.Popen[bytes]
    channel: Channel
    started: float
    ready: float | None = None
    ready_since: datetime | None = None
    table: int | None = None
    refused: list[RefusedBundle] = field(default_factory=list)  # while it moved to `table`
    refused_since: list[RefusedBundle] = field(default_factory=list)  # on its way to the next
    kill_at: float | None = None  # set once it was asked to leave

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid

    @property
    def leaving(self) -> bool:
        """Whether it was asked to leave."""
        return self.kill_at is not None

    def hear(self, message: Message, now: float) -> None:
        """Take in what it said."""
        if message.refused is not None:
            self.refused_since.append(message.refused)
        reached = message.ready if message.ready is not None else message.table
        if reached is not None:
            self.table = reached
            self.refused, self.refused_since = self.refused_since, []
        if message.ready is not None and self.ready is None:
            self.ready, self.ready_since = now, datetime.now(UTC)

    def ask_to_leave(self, within_s: float, now: float) -> None:
        """TERM: finish what it has, and go; it is killed when it takes longer."""
        if self.kill_at is None:
            self.process.terminate()
            self.kill_at = now + within_s

    def expect_to_leave(self, within_s: float, now: float) -> None:
        """It seems to be leaving of itself: only kill it when it takes longer."""
        if self.kill_at is None:
            self.kill_at = now + within_s

    def kill_overdue(self, now: float) -> None:
        """End it if it was to have left by now."""
        if self.kill_at is not None and now >= self.kill_at:
            self.process.kill()
            self.kill_at = now + KILLED_AGAIN_S

    def ended(self) -> str | None:
        """How its process ended; None while it lives."""
        code = self.process.poll()
        if code is None:
            return None
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"left with exit code {code}"

    def status(self) -> WorkerStatus:
        """What is told of it."""
        return WorkerStatus(
            slot=self.slot,
            pid=self.pid,
            table=self.table,
            ready_since=self.ready_since,
            leaving=self.leaving,
        )


def start_worker(
    command: Sequence[str], *, root: str, slot: int, listener: socket.socket, serving: Serving
) -> WorkerProcess:
    """Start a worker that inherits the listening socket and one end of a new channel.

    It leads a process group of its own: Ctrl-C in the terminal reaches the supervisor alone.
    """
    ours, theirs = socket.socketpair()
    token = new_id("w")
    config = WorkerConfig(
        root=root,
        slot=slot,
        token=token,
        listen_fd=listener.fileno(),
        channel_fd=theirs.fileno(),
        serving=serving,
    )
    try:
        with theirs:
            process = subprocess.Popen(
                [*command, config.to_argument()],
                pass_fds=(config.listen_fd, config.channel_fd),
                stdin=subprocess.DEVNULL,
                env={**os.environ, **ONE_THREAD},
                process_group=0,
            )
    except OSError:
        ours.close()
        raise
    return WorkerProcess(slot, token, process, Channel(ours), time.monotonic())
