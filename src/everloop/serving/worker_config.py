"""What a supervisor tells a worker it starts: the one argument of `python -m everloop.serving.worker`."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from everloop.errors import InvalidRequest
from everloop.settings import Serving
from everloop.stores.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """One worker's place in life. Both file descriptors are inherited, and are its own to close."""

    root: str  # the workspace's folder
    slot: int  # from 0; a replacement takes over the slot of the one before it
    token: str  # of this start alone: names its capture segments and its metrics file
    listen_fd: int  # the shared listening socket, bound and listening
    channel_fd: int  # its end of the socket pair
    serving: Serving = field(default_factory=Serving)

    @property
    def layout(self) -> Layout:
        """Where the workspace keeps what."""
        return Layout(Path(self.root))

    def to_argument(self) -> str:
        """The JSON text that `from_argument` reads."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_argument(cls, text: str) -> "WorkerConfig":
        """The configuration in `text`; raises InvalidRequest for any other text."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise InvalidRequest(
                f"A worker was started with a wrong configuration: {error}.",
                remedy="Workers are started by `everloop up` or `everloop serve`, not by hand.",
            ) from error
