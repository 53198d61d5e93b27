"""Writing a bundle: whole under its digest, or not at all."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from everloop.bundles.door import MANIFEST, open_bundle
from everloop.errors import BundleRefused, NotFound
from everloop.records.bundle import BundleManifest, FileEntry
from everloop.records.codec import digest_of, to_json
from everloop.stores.durable import sync, write_new

PARTIAL = ".partial-"  # then the writer's process id and a random part: a folder that is not a bundle yet


def file_entries(files: Mapping[str, bytes]) -> tuple[FileEntry, ...]:
    """What a manifest says of `files`, in the order of their names."""
    return tuple(
        FileEntry(name=name, size=len(data), sha256=digest_of(data)) for name, data in sorted(files.items())
    )


def write_bundle(root: Path, manifest: BundleManifest, files: Mapping[str, bytes]) -> str:
    """Keep a bundle in the folder of bundles `root` and answer its digest.

    `manifest.files` must be `file_entries(files)`. Writing it again changes nothing, and puts a damaged one
    right. A kill at any moment leaves a `.partial-` folder at worst, which the next writer removes.
    """
    if manifest.files != file_entries(files):
        raise BundleRefused("The manifest does not name the files that were given with it.")
    data = to_json(manifest)
    digest = digest_of(data)
    root.mkdir(parents=True, exist_ok=True)
    _remove_left_overs(root)
    if _is_whole(root, digest):
        return digest
    partial = root / f"{PARTIAL}{os.getpid()}-{os.urandom(6).hex()}"
    partial.mkdir(mode=0o700)
    try:
        for name, content in {**files, MANIFEST: data}.items():
            write_new(partial / name, content)
        sync(partial)
        _put_in_place(partial, root / digest)
        sync(root)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return digest


def _is_whole(root: Path, digest: str) -> bool:
    try:
        open_bundle(root, digest)
    except (NotFound, BundleRefused):
        return False
    return True


def _put_in_place(partial: Path, final: Path) -> None:
    """Rename, which the kernel does at once or not; a damaged bundle that lies there gives way."""
    try:
        os.rename(partial, final)
    except OSError:
        if _is_whole(final.parent, final.name):
            return  # another writer was as quick, with the same bytes
        damaged = final.parent / f"{PARTIAL}{os.getpid()}-{os.urandom(6).hex()}"
        os.rename(final, damaged)
        os.rename(partial, final)
        shutil.rmtree(damaged, ignore_errors=True)


def _remove_left_overs(root: Path) -> None:
    for entry in root.glob(f"{PARTIAL}*"):
        writer = entry.name.removeprefix(PARTIAL).split("-")[0]
        if writer.isdigit() and not _runs(int(writer)):
            shutil.rmtree(entry, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
