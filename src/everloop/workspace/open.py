"""Open the workspace of a folder, or connect to one on another machine."""

from pathlib import Path

from everloop.errors import WorkspaceMissing
from everloop.settings import FILE, Settings, read_settings
from everloop.stores.layout import FOLDER, Layout
from everloop.stores.workspace_folder import create_workspace, open_workspace
from everloop.workspace.local import LocalClient
from everloop.workspace.plane import LocalPlane, RemotePlane
from everloop.workspace.remote import RemoteClient
from everloop.workspace.workspace import Workspace


def open(folder: Path | str = ".", *, create: bool = True) -> Workspace:
    """The workspace of the project that `folder` lies in; where there is none, a new one in `folder` itself.

    While `everloop up` runs there, everything goes through its control plane; the caller does not notice. Raises
    WorkspaceMissing where there is none and `create` is False, SettingsError, WorkspaceUnusable.
    """
    found, settings, layout = project(Path(folder), create=create)
    return Workspace(LocalClient(layout, settings), LocalPlane(layout, settings), folder=found)


def connect(url: str, *, token: str) -> Workspace:
    """The workspace behind a control plane's `url`: the same object, with the rights of `token`."""
    client = RemoteClient(url, token)
    return Workspace(client, RemotePlane(client))


def project(folder: Path, *, create: bool = False) -> tuple[Path, Settings, Layout]:
    """The project that `folder` lies in: its own folder, its settings and its workspace's layout."""
    found = find_project(folder)
    if found is None and not create:
        raise WorkspaceMissing
    found = found or folder.resolve()
    settings = read_settings(found)
    root = found / FOLDER
    if not (root / "format").exists():
        create_workspace(root)
    return found, settings, open_workspace(root)


def find_project(folder: Path) -> Path | None:
    """The nearest folder, from `folder` upward, that is a project."""
    start = folder.resolve()
    for place in (start, *start.parents):
        if (place / FILE).is_file() or (place / FOLDER / "format").is_file():
            return place
    return None
