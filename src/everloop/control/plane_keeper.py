"""Keeps the data plane's supervisor running."""

import logging
import time
from dataclasses import dataclass, field

from everloop.serving.restarts import Restarts
from everloop.serving.supervisor_config import SupervisorConfig
from everloop.serving.supervisor_process import SupervisorProcess

log = logging.getLogger("everloop.control")


@dataclass(slots=True)
class PlaneKeeper:
    """A supervisor that was killed, or ended after it had served, is started again.

    One that gave up before it ever served ends `up`: it said why.
    """

    config: SupervisorConfig
    process: SupervisorProcess | None = None
    restarts: Restarts = field(default_factory=Restarts)
    started: float = 0.0
    not_before: float = 0.0
    has_served: bool = False

    def __post_init__(self) -> None:
        self._start()

    def keep(self, now: float) -> int | None:
        """Do what is due; an exit code if there is no use in going on."""
        if self.process is None:
            if now >= self.not_before:
                self._start()
            return None
        code = self.process.ended()
        if code is None:
            return None
        if code >= 0 and not self.has_served:
            return code or 1
        self.restarts = self.restarts.after(now - self.started)
        self.not_before = now + self.restarts.wait_s(was_ready=False, others_answer=False)
        self.process.stop()
        self.process = None
        log.warning("the supervisor ended with code %d; starting another", code)
        return self.keep(now)

    def idle_s(self, now: float) -> float | None:
        """How long nothing is due; None: until something happens."""
        return max(0.0, self.not_before - now) if self.process is None else None

    def ask_to_stop(self) -> None:
        """Let the workers drain while the rest is closed."""
        if self.process is not None:
            self.process.ask_to_stop()

    def stop(self) -> None:
        """Let the workers drain, and wait for them."""
        if self.process is not None:
            self.process.stop()

    def _start(self) -> None:
        self.process = SupervisorProcess(self.config)
        self.started = time.monotonic()
