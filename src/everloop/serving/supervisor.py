"""Keeps the data plane alive: owns the listening socket, and starts, watches and replaces the workers.

`python -m everloop.serving.supervisor CONFIG` with the JSON of a SupervisorConfig. TERM and INT: drain all
workers and leave (a second time: at once). HUP: replace every worker, one by one, without losing a request.
"""

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from everloop.errors import EverloopError, InvalidRequest, SettingsError
from everloop.serving.caught_signals import caught_signals
from everloop.serving.listening import listen
from everloop.serving.metrics_files import retire_all_counts, retire_counts
from everloop.serving.restarts import Restarts
from everloop.serving.status import Refused, ServingStatus, last_status, write_status
from everloop.serving.stderr_log import log_to_stderr
from everloop.serving.supervisor_config import SupervisorConfig
from everloop.serving.tenancy import Tenancy
from everloop.serving.worker_process import WorkerProcess, start_worker
from everloop.stores.layout import Layout

WORKER = (sys.executable, "-m", "everloop.serving.worker")
GRACE_S = 1.0  # beyond `drain_s`, before a worker that does not leave is killed
ORPHANED_DRAIN_S = 3.0  # the most that workers get once whoever started us is gone
START_LIMIT_S = 120.0  # for loading and warming every bundle
TELL_AGAIN_S = 1.0  # where the status could not be written
HANDOVER_S = 2.0  # the port may still be held by workers whose supervisor was killed

CAUGHT = (signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGTERM)

log = logging.getLogger("everloop.serving")


def supervise(
    config: SupervisorConfig,
    *,
    worker: Sequence[str] = WORKER,
    announce: Callable[[ServingStatus], None] = lambda status: None,
) -> int:
    """Serve until told to leave; answers the exit code: 128 + signal, or 0 when the parent went.

    `announce` is called once, when the first worker is ready.
    Raises PortTaken, WorkspaceBusy (another supervisor is here), WorkspaceUnusable.
    """
    layout = Layout(Path(config.root))
    before = last_status(layout)
    leaving = before is not None and before.state == "leaving"
    tenancy = Tenancy(layout, patience_s=config.serving.drain_s + 2 * GRACE_S if leaving else 0.5)
    try:
        patience = HANDOVER_S if before is not None else 0.0
        listener = listen(config.serving.host, config.serving.port, patience_s=patience)
        with listener:
            retire_all_counts(layout)
            return Supervisor(config, listener, worker, announce).run()
    finally:
        (layout.run / "serving.json").unlink(missing_ok=True)
        tenancy.release()


@dataclass(slots=True, eq=False)
class Slot:
    """A worker's place: who fills it, who is about to, and when it may be filled again."""

    number: int
    current: WorkerProcess | None = None
    incoming: WorkerProcess | None = None  # takes over once it is ready
    restarts: Restarts = field(default_factory=Restarts)
    not_before: float = 0.0


class Supervisor:
    """The loop: what happened, what is due, what to tell. It sleeps until one of the first two."""

    def __init__(
        self,
        config: SupervisorConfig,
        listener: socket.socket,
        command: Sequence[str],
        announce: Callable[[ServingStatus], None],
    ) -> None:
        self._config = config
        self._announce: Callable[[ServingStatus], None] | None = announce
        self._layout = Layout(Path(config.root))
        self._listener = listener
        self._command = command
        self._host, self._port = listener.getsockname()[:2]
        self._slots = [Slot(number) for number in range(config.serving.workers)]
        self._leaving: list[WorkerProcess] = []
        self._to_replace: deque[int] = deque()
        self._ended_by: int | None = None  # a signal, or 0: the parent's end
        self._deaths = 0
        self._note = ""
        self._told: ServingStatus | None = None
        self._untold = False  # something is to be told, and could not be written
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Serve until told to leave; answers the exit code."""
        with caught_signals(*CAUGHT) as wakeup:
            self._on_input(wakeup.fileno(), lambda: self._take_signals(wakeup))
            if self._config.parent_fd is not None:
                self._on_input(self._config.parent_fd, self._listen_to_parent)
            try:
                while self._ended_by is None or self._everyone():
                    self._do_what_is_due(time.monotonic())
                    self._tell()
                    for key, _ in self._selector.select(self._idle_s(time.monotonic())):
                        if key.fd in self._selector.get_map():  # not let go of by the one before it
                            key.data()
            finally:
                for worker in self._everyone():
                    worker.process.kill()
                    worker.process.wait()
                self._selector.close()
        return 128 + self._ended_by if self._ended_by else 0

    # — what happened —

    def _on_input(self, descriptor: int, callback: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, callback)

    def _take_signals(self, wakeup: socket.socket) -> None:
        for number in wakeup.recv(4096):
            if number == signal.SIGCHLD:
                self._bury_the_dead()
            elif number == signal.SIGHUP:
                self._to_replace.extend(n for n in range(len(self._slots)) if n not in self._to_replace)
            else:
                again = self._ended_by is not None
                self._leave(number, 0.0 if again else self._config.serving.drain_s + GRACE_S)

    def _listen_to_parent(self) -> None:
        assert self._config.parent_fd is not None
        if os.read(self._config.parent_fd, 4096):
            return
        self._selector.unregister(self._config.parent_fd)
        log.info("whoever started us is gone; leaving")
        self._leave(0, min(self._config.serving.drain_s + GRACE_S, ORPHANED_DRAIN_S))

    def _leave(self, ended_by: int, within_s: float) -> None:
        """Every worker drains; connections are refused once the last of them has closed the socket."""
        if self._ended_by is None:
            self._ended_by = ended_by
            self._listener.close()
            self._to_replace.clear()
        now = time.monotonic()
        for slot in self._slots:
            self._leaving.extend(w for w in (slot.current, slot.incoming) if w is not None)
            slot.current = slot.incoming = None
        for worker in self._leaving:
            worker.ask_to_leave(within_s, now)
            worker.kill_at = min(worker.kill_at or now, now + within_s)

    def _listen_to(self, worker: WorkerProcess) -> None:
        try:
            messages = worker.channel.receive()
        except InvalidRequest as error:
            self._remark(f"worker {worker.slot} (pid {worker.pid}): {error}; ending it")
            messages = None
        if messages is None:  # dying, or broken: either way it can no longer be told from a dead one
            self._selector.unregister(worker.channel.socket)
            worker.channel.close()
            worker.expect_to_leave(GRACE_S, time.monotonic())
            return
        for message in messages:
            worker.hear(message, time.monotonic())
            if message.refused is not None:
                self._remark(f"{message.refused.endpoint}: bundle refused: {message.refused.reason}")
        slot = self._slots[worker.slot]
        if worker is slot.incoming and worker.ready is not None:
            self._hand_over(slot, worker)

    def _hand_over(self, slot: Slot, successor: WorkerProcess) -> None:
        predecessor, slot.current, slot.incoming = slot.current, successor, None
        if predecessor is not None:
            predecessor.ask_to_leave(self._config.serving.drain_s + GRACE_S, time.monotonic())
            self._leaving.append(predecessor)

    def _bury_the_dead(self) -> None:
        for worker in self._everyone():
            how = worker.ended()
            if how is not None:
                self._bury(worker, how)

    def _bury(self, worker: WorkerProcess, how: str) -> None:
        retire_counts(self._layout, worker.token)
        if worker.channel.socket.fileno() >= 0:
            self._selector.unregister(worker.channel.socket)
            worker.channel.close()
        if worker in self._leaving:
            self._leaving.remove(worker)
            return
        self._deaths += 1
        slot = self._slots[worker.slot]
        if worker is slot.incoming:
            slot.incoming = None
            self._to_replace.clear()
            self._remark(
                f"the successor of worker {slot.number} {how} before it was ready; the old one stays"
            )
            return
        slot.current, slot.incoming = slot.incoming, None
        if slot.current is None:
            self._plan_restart(slot, worker, how)
        else:
            self._remark(f"worker {slot.number} (pid {worker.pid}) {how}; its successor takes over")

    def _plan_restart(self, slot: Slot, worker: WorkerProcess, how: str) -> None:
        now = time.monotonic()
        slot.restarts = slot.restarts.after(None if worker.ready is None else now - worker.ready)
        others = any(w.ready is not None and w.ended() is None for w in self._everyone())
        wait_s = slot.restarts.wait_s(was_ready=worker.ready is not None, others_answer=others)
        slot.not_before = now + wait_s
        state = "" if worker.ready is not None else " before it was ready"
        soon = f"in {wait_s:.2g} s" if wait_s else "now"
        self._remark(f"worker {slot.number} (pid {worker.pid}) {how}{state}; starting another {soon}")

    # — what is due —

    def _do_what_is_due(self, now: float) -> None:
        for worker in self._everyone():
            if worker.ready is None and now - worker.started > START_LIMIT_S and not worker.leaving:
                self._remark(f"worker {worker.slot} was not ready after {START_LIMIT_S:.0f} s; ending it")
                worker.ask_to_leave(GRACE_S, now)
            worker.kill_overdue(now)
        if self._ended_by is not None:
            return
        for slot in self._slots:
            if slot.current is None and now >= slot.not_before:
                slot.current = self._started(slot, now)
        if self._to_replace and not self._leaving and not any(s.incoming for s in self._slots):
            slot = self._slots[self._to_replace.popleft()]
            slot.incoming = self._started(slot, now) if slot.current is not None else None

    def _started(self, slot: Slot, now: float) -> WorkerProcess | None:
        try:
            worker = start_worker(
                self._command,
                root=self._config.root,
                slot=slot.number,
                listener=self._listener,
                serving=self._config.serving,
            )
        except OSError as error:  # no memory, no process left: the others serve on
            slot.restarts = slot.restarts.after(None)
            slot.not_before = now + max(1.0, slot.restarts.wait_s(was_ready=False, others_answer=True))
            self._remark(f"cannot start worker {slot.number}: {error.strerror}")
            return None
        self._on_input(worker.channel.socket.fileno(), lambda: self._listen_to(worker))
        return worker

    def _idle_s(self, now: float) -> float | None:
        """How long nothing is due; None: until something happens."""
        due = [w.kill_at for w in self._everyone() if w.kill_at is not None]
        due += [w.started + START_LIMIT_S for w in self._everyone() if w.ready is None and not w.leaving]
        if self._ended_by is None:
            due += [slot.not_before for slot in self._slots if slot.current is None]
        if self._untold:
            due.append(now + TELL_AGAIN_S)
        return max(0.0, min(due) - now) if due else None

    # — what to tell —

    def _everyone(self) -> list[WorkerProcess]:
        present = [w for slot in self._slots for w in (slot.current, slot.incoming) if w is not None]
        return present + self._leaving

    def _remark(self, text: str) -> None:
        self._note = text
        log.warning(text)

    def _tell(self) -> None:
        refused = {
            Refused(endpoint=r.endpoint, bundle=r.bundle, reason=r.reason): None
            for w in self._everyone()
            for r in (*w.refused, *w.refused_since)
        }
        status = ServingStatus(
            pid=os.getpid(),
            host=self._host,
            port=self._port,
            state="serving" if self._ended_by is None else "leaving",
            workers=tuple(w.status() for w in self._everyone()),
            refused=tuple(refused),
            deaths=self._deaths,
            note=self._note,
        )
        if status != self._told:
            self._write(status)
        if self._announce is not None and status.ready:
            self._announce(status)
            self._announce = None

    def _write(self, status: ServingStatus) -> None:
        """A full disk must not end the supervisor, and with it all answers: it is tried again."""
        try:
            write_status(self._layout, status)
            self._told, self._untold = status, False
        except OSError as error:
            if not self._untold:
                log.error("run/serving.json could not be written, trying again: %s", error)
            self._untold = True


def main(argument: str) -> int:
    """The command: serve, and turn an error into one line and an exit code."""
    log_to_stderr()
    try:
        config = msgspec.json.decode(argument, type=SupervisorConfig)
    except msgspec.DecodeError as error:
        print(f"everloop: the supervisor's configuration is wrong: {error}.", file=sys.stderr)
        return 2
    try:
        return supervise(config)
    except EverloopError as error:
        print(f"everloop: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
