"""`run/control.json`: where the control plane that has this workspace open can be reached."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from everloop.errors import StoredFormatUnknown
from everloop.records.codec import from_json, to_json
from everloop.stores.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFile:
    """A control plane's process and address."""

    FORMAT: ClassVar[str] = "everloop.control/1"

    pid: int
    url: str


@contextmanager
def published_control(layout: Layout, url: str) -> Iterator[None]:
    """Say, for the length of a block, that this process is the control plane, at `url`.

    The file is locked (flock) as long: when we die, however we die, it no longer counts.
    """
    path = layout.run / "control.json"
    temporary = layout.run / f".control.{os.getpid()}.tmp"
    with temporary.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(to_json(ControlFile(pid=os.getpid(), url=url)))
        file.flush()
        temporary.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def control_url(layout: Layout) -> str | None:
    """Where the living control plane is; None if there is none.

    What one that was killed has left does not count: by now its port may be somebody else's, and our token is not
    for them.
    """
    try:
        with (layout.run / "control.json").open("rb") as file:
            if _is_locked(file.fileno()):
                return from_json(ControlFile, file.read()).url
    except (FileNotFoundError, StoredFormatUnknown):
        return None
    return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
