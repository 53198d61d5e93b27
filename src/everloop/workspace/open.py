"""Open the workspace of a folder, or connect to one on another machine."""

from pathlib import Path

from everloop.workspace.local import LocalClient
from everloop.workspace.plane import LocalPlane, RemotePlane
from everloop.workspace.project import project
from everloop.workspace.remote import RemoteClient
from everloop.workspace.workspace import Workspace


def open(folder: Path | str = ".", *, create: bool = True) -> Workspace:
    """The workspace of the project that `folder` lies in; where there is none, a new one in `folder` itself.

    While `everloop up` runs there, everything goes through its control plane; the caller does not notice. Raises
    WorkspaceMissing where there is none and `create` is False, SettingsError, WorkspaceUnusable.
    """
    found, settings, layout = project(Path(folder), create=create)
    return Workspace(LocalClient(layout, settings), LocalPlane(layout, settings), folder=found)


def connect(url: str, *, token: str, predict_url: str = "") -> Workspace:
    """The workspace behind a control plane's `url`: the same object, with the rights of `token`.

    `predict_url` is where this machine reaches its data plane, if not at the address that it says itself.
    """
    client = RemoteClient(url, token)
    return Workspace(client, RemotePlane(client, url, predict_url))
