"""`run/control.json`: where the control plane that has this workspace open can be reached."""

import os
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


def write_control_file(layout: Layout, url: str) -> None:
    """Say that this process is the control plane, at `url`."""
    temporary = layout.run / f".control.{os.getpid()}.tmp"
    temporary.write_bytes(to_json(ControlFile(pid=os.getpid(), url=url)))
    temporary.replace(layout.run / "control.json")


def remove_control_file(layout: Layout) -> None:
    """Say that there is no control plane any more."""
    (layout.run / "control.json").unlink(missing_ok=True)


def control_url(layout: Layout) -> str | None:
    """What the last control plane said, or None. It may have been killed: the workspace's lock tells."""
    try:
        found = from_json(ControlFile, (layout.run / "control.json").read_bytes())
    except (FileNotFoundError, StoredFormatUnknown):
        return None
    return found.url
