"""The files of a model as a person has them: one file, or an MLflow folder. Read, and not looked into."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from everloop.errors import BundleRefused, NotFound

LARGEST = 512 << 20  # bytes of a model
LARGEST_MLMODEL = 1 << 20
MOST_ENTRIES = 1000  # of a folder: more is no MLflow model
MLMODEL = "MLmodel"
MODEL_SUFFIXES = (".onnx", ".skops", ".lgb", ".txt")
NO_MODELS = frozenset({"requirements.txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is imported: its name for people, and its files by their plain names."""

    name: str
    files: dict[str, bytes]


def read_source(path: Path) -> Source:
    """The model at `path`: the file, or of an MLflow folder its MLmodel and what may be the model beside it.

    Raises NotFound, or BundleRefused for what is too large, is no regular file, or is no MLflow folder. Nothing is
    unpacked, no link within a folder is followed, and nothing is parsed.
    """
    if "://" in str(path) or str(path).startswith(("runs:", "models:", "s3:", "http:", "https:")):
        raise BundleRefused(
            f"{str(path)[:80]!r} is an address.",
            remedy="Fetch it first, as with `mlflow artifacts download`, and import the file or folder.",
        )
    try:
        if path.is_dir():
            return _folder(path)
        return Source(name=path.name, files={path.name: _content(path, LARGEST, links=True)})
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.", remedy="Give the path of a model.") from error
    except OSError as error:
        name = Path(error.filename or path).name
        raise BundleRefused(f"{name} cannot be read ({error.strerror}).") from error


def _folder(path: Path) -> Source:
    with os.scandir(path) as entries:
        names = [entry.name for _, entry in zip(range(MOST_ENTRIES + 1), entries, strict=False)]
    if MLMODEL not in names:
        raise BundleRefused(
            f"{path.name} is a folder without an MLmodel file.",
            remedy="Give the model's own file, or the folder that MLflow saved.",
        )
    if len(names) > MOST_ENTRIES:
        raise BundleRefused(f"{path.name} holds more than {MOST_ENTRIES:,} entries: it is no MLflow model.")
    files = {MLMODEL: _content(path / MLMODEL, LARGEST_MLMODEL)}
    left = LARGEST
    for name in sorted(names):
        if name.endswith(MODEL_SUFFIXES) and name not in NO_MODELS:
            files[name] = _content(path / name, left)
            left -= len(files[name])
    return Source(name=path.name, files=files)


def _content(path: Path, most: int, *, links: bool = False) -> bytes:
    """All bytes of a regular file, at most `most`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW))
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BundleRefused(f"{path.name} is not a regular file.")
        if status.st_size > most:
            raise _too_large(path.name, most)
        data = file.read(most + 1)
    if len(data) > most:
        raise _too_large(path.name, most)
    return data


def _too_large(name: str, most: int) -> BundleRefused:
    return BundleRefused(
        f"{name} has more than {most:,} bytes.",
        remedy="Larger models are not imported: serve them elsewhere.",
    )
