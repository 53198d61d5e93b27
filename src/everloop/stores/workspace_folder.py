"""The workspace's folder: made whole or not at all, and looked at before anything in it is used."""

import os
from pathlib import Path

from everloop.errors import Conflict, StoredFormatUnknown, WorkspaceMissing, WorkspaceUnusable
from everloop.stores.durable import write_whole
from everloop.stores.layout import FORMAT, Layout


def create_workspace(root: Path) -> Layout:
    """Make the workspace at `root` and its folders, for this user alone (0700).

    Raises Conflict if there is one, WorkspaceUnusable if the folder cannot be written.
    """
    layout = Layout(root)
    if layout.format_file.exists():
        raise Conflict(f"There is a workspace at {root} already.", remedy="Use it, or choose another folder.")
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_folders(layout)
        write_whole(layout.format_file, f"{FORMAT}\n".encode())
    except OSError as error:
        raise _unwritable(root, error) from error
    return layout


def open_workspace(root: Path) -> Layout:
    """The workspace at `root`, with every folder it should have.

    Raises WorkspaceMissing, WorkspaceUnusable (it cannot be read or written) or StoredFormatUnknown.
    """
    layout = Layout(root)
    try:
        found = layout.format_file.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WorkspaceMissing(
            f"There is no workspace at {root}.",
            remedy="Make one with `everloop new NAME`, and --data FILE --target COLUMN for a table.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceUnusable(f"{layout.format_file} cannot be read: {error}.") from error
    if found != FORMAT:
        raise StoredFormatUnknown(
            f"The workspace {root} has format {found[:80]!r}; this Everloop knows {FORMAT}.",
            remedy="Upgrade Everloop.",
        )
    try:
        _make_folders(layout)
    except OSError as error:
        raise _unwritable(root, error) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise _unwritable(root, PermissionError(13, "Permission denied"))
    return layout


def _make_folders(layout: Layout) -> None:
    kept = (
        layout.tables,
        layout.blobs,
        layout.bundles,
        layout.routes,
        layout.capture,
        layout.runs,
        layout.run,
    )
    for folder in (*kept, layout.secrets):
        folder.mkdir(mode=0o700, exist_ok=True)


def _unwritable(root: Path, error: OSError) -> WorkspaceUnusable:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return WorkspaceUnusable(
            f"{root} should be a folder, and a file is in its way.", remedy="Move it away."
        )
    return WorkspaceUnusable(
        f"The workspace {root} cannot be written: {error.strerror}.",
        remedy="Give this user the right to write there, or free some space.",
    )
