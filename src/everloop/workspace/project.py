"""Find a project and its workspace. Imports little: `up` and `serve` begin here, and the stores can wait."""

from pathlib import Path

from everloop.errors import WorkspaceMissing
from everloop.settings import FILE, Settings, read_settings
from everloop.stores.layout import FOLDER, Layout
from everloop.stores.workspace_folder import create_workspace, open_workspace


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
