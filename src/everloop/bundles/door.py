"""The one loading door: nothing in a bundle is parsed before its digest was checked."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.errors import BundleRefused, NotFound, StoredFormatUnknown
from everloop.records.bundle import BundleManifest, FileEntry
from everloop.records.codec import digest_of, from_json, to_json

if TYPE_CHECKING:
    from everloop.bundles.runtime import Runtime  # numpy

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 16 << 20  # bytes
LARGEST_BUNDLE = 2 << 30  # bytes, of all files together; what ONNX itself can hold
DIGEST = re.compile(r"[0-9a-f]{64}")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,126}")


@dataclass(slots=True)
class Bundle:
    """A bundle whose every byte was checked. Its files are held in memory: nobody can change them now."""

    digest: str
    manifest: BundleManifest
    _files: dict[str, bytes]
    _runtime: "Runtime | None" = field(default=None, init=False)

    def runtime(self) -> "Runtime":
        """The model, loaded at the first call; raises BundleRefused for what we do not load."""
        if self._runtime is None:
            self._runtime = _load(self.manifest, self._files)
            self._files = {}  # the runtime has what it needs
        return self._runtime


def open_bundle(root: Path, digest: str) -> Bundle:
    """The bundle `digest` of the folder of bundles `root`, every file read once and checked.

    Raises NotFound if there is none, BundleRefused if anything in it is not what the digest says: a changed,
    missing, further or linked file, or a manifest with other bytes.
    """
    if DIGEST.fullmatch(digest) is None:
        raise NotFound(f"{digest[:80]!r} is not the digest of a bundle: 64 hexadecimal digits.")
    try:
        folder = os.open(root / digest, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise NotFound(f"There is no bundle {digest[:12]} in {root}.", remedy="Train it again.") from error
    except OSError as error:
        raise _refused(digest, f"its folder cannot be opened ({error.strerror})") from error
    try:
        manifest = _manifest(folder, digest)
        return Bundle(digest=digest, manifest=manifest, _files=_files(folder, digest, manifest))
    finally:
        os.close(folder)


def _manifest(folder: int, digest: str) -> BundleManifest:
    data = _read(folder, digest, MANIFEST, most=LARGEST_MANIFEST)
    if digest_of(data) != digest:
        raise _refused(digest, "its manifest was changed")
    try:
        manifest = from_json(BundleManifest, data)
    except StoredFormatUnknown as error:
        raise _refused(digest, f"its manifest cannot be read: {error}") from error
    if to_json(manifest) != data:
        raise _refused(digest, "its manifest is not in canonical form")
    return manifest


def _files(folder: int, digest: str, manifest: BundleManifest) -> dict[str, bytes]:
    entries = {entry.name: entry for entry in manifest.files}
    if len(entries) != len(manifest.files):
        raise _refused(digest, "its manifest names a file twice")
    for entry in manifest.files:
        if FILE_NAME.fullmatch(entry.name) is None or entry.name == MANIFEST:
            raise _refused(digest, f"{entry.name[:80]!r} is not the plain name of a file")
    if sum(max(entry.size, 0) for entry in manifest.files) > LARGEST_BUNDLE:
        raise _refused(digest, f"it is larger than {LARGEST_BUNDLE:,} bytes")
    found = set(os.listdir(folder)) - {MANIFEST}
    if further := sorted(found - set(entries)):
        raise _refused(digest, f"it holds {further[0][:80]!r}, which its manifest does not name")
    if absent := sorted(set(entries) - found):
        raise _refused(digest, f"its file {absent[0]!r} is missing")
    return {entry.name: _checked(folder, digest, entry) for entry in manifest.files}


def _checked(folder: int, digest: str, entry: FileEntry) -> bytes:
    data = _read(folder, digest, entry.name, most=entry.size)
    if len(data) != entry.size or digest_of(data) != entry.sha256:
        raise _refused(digest, f"its file {entry.name!r} was changed")
    return data


def _read(folder: int, digest: str, name: str, *, most: int) -> bytes:
    """All bytes of a regular file, at most `most`. A link, a pipe or a larger file is refused unread."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        raise _refused(digest, f"its file {name!r} cannot be opened ({error.strerror})") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _refused(digest, f"{name!r} is not a regular file")
        if status.st_size > most:
            raise _refused(digest, f"its file {name!r} has {status.st_size:,} bytes, not at most {most:,}")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(descriptor)


def _load(manifest: BundleManifest, files: dict[str, bytes]) -> "Runtime":
    """Only the library that the bundle needs is imported, and only here."""
    match manifest.runtime:
        case "onnx":
            from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime

            return OnnxRuntime(_only(files, "model.onnx"), manifest.signature)
        case "lightgbm":
            from everloop.bundles.runtimes.lightgbm_runtime import LightGBMRuntime

            return LightGBMRuntime(_only(files, "model.txt"), manifest.signature)
        case "skops":
            from everloop.bundles.runtimes.skops_runtime import SkopsRuntime

            return SkopsRuntime(_only(files, "model.skops"), manifest.signature)
        case "elsewhere":
            raise BundleRefused(
                "This model is served elsewhere: there is nothing of it here to run.",
                remedy="Train or import a version to have one that runs here.",
            )


def _only(files: dict[str, bytes], name: str) -> bytes:
    if set(files) != {name}:
        raise BundleRefused(
            f"A bundle of this runtime holds one file, {name}; this one holds {sorted(files)}."
        )
    return files[name]


def _refused(digest: str, why: str) -> BundleRefused:
    return BundleRefused(
        f"Bundle {digest[:12]} was refused: {why}.",
        remedy="Restore it from a copy, or train its version again.",
    )
