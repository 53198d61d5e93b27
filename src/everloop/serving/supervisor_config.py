"""What a supervisor is told: the one argument of `python -m everloop.serving.supervisor`."""

from dataclasses import dataclass, field

from everloop.settings import Serving


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorConfig:
    """What to serve, and whose life ours hangs on."""

    root: str  # the workspace's folder
    serving: Serving = field(default_factory=Serving)
    parent_fd: int | None = None  # a pipe's reading end: at its end of file we leave
