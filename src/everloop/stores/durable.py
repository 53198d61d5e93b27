"""Files that are there whole or not at all, whoever is killed and whenever the power goes."""

import os
from pathlib import Path


def write_whole(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Put a file with these bytes at `path`, in place of what may lie there: a reader sees the old one or the new one.

    It survives a kill at any moment and, `synced`, a power cut. Raises OSError where the disk refuses.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        write_new(aside, data, synced=synced)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    if synced:
        sync(path.parent)


def write_new(path: Path, data: bytes, *, synced: bool = True) -> None:
    """Make a file that only this user reads (0600). Raises FileExistsError if there is one, OSError half-way."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if synced:
            os.fsync(descriptor)


def sync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
