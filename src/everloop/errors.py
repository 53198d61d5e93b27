"""Everything that can go wrong, as one tree.

EverloopError
├── SettingsError          a setting is misspelt or out of range
├── WorkspaceError
│   ├── WorkspaceMissing   no workspace here
│   ├── WorkspaceBusy      another process is writing
│   └── WorkspaceUnusable  read-only folder, full disk, unknown format
├── NotFound               no such dataset, model, version, endpoint, run, prediction
├── Conflict               it exists already, or it changed under you
├── InvalidName            a name that could not be an id
├── InvalidData            rows, tables and files that do not fit
│   └── SchemaMismatch     a wrong column, type or category
├── InvalidRequest         an argument of a call does not fit
│   └── BodyTooLarge       more bytes than are taken
├── RecipeRefused          an estimator or target that cannot be trained or stored safely
├── TrainingFailed         the training process ended without a model
├── BundleRefused          a digest, format or type in a bundle is not what it should be
├── CaptureFailed          an answer could not be captured, so it was not given
├── CaptureDamaged         the capture log holds bytes that are not whole frames
├── StoredFormatUnknown    written by a newer Everloop, or not by Everloop
├── Denied                 no credentials, or not allowed
├── Unreachable            the server does not answer
└── PortTaken              something else listens there

Each message says what happened, where, and what to do next. A class docstring is its default message.
"""

import os
import traceback
from typing import ClassVar

OURS = os.path.dirname(__file__) + os.sep  # what lies in it is not the caller's own code


class EverloopError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500  # of the HTTP answer that reports it

    def __init__(self, message: str = "", *, remedy: str = "") -> None:
        text = message or (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{text} {remedy}".strip())
        self.message = text
        self.remedy = remedy

    @property
    def code(self) -> str:
        """A stable name for programs, e.g. `schema-mismatch`."""
        name = type(self).__name__
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")

    def _render_traceback_(self, *_: object) -> list[str]:
        """What IPython shows instead of all frames: what happened, where in the caller's own code, what to do."""
        told = [f"{type(self).__name__}: {self.message}"]
        frames = traceback.extract_tb(self.__traceback__)
        inside = next((n for n, frame in enumerate(frames) if frame.filename.startswith(OURS)), len(frames))
        if inside:
            caller = frames[inside - 1]
            told.append(f"  where: line {caller.lineno}, {caller.line or caller.name}")
        return [*told, f"  what to do: {self.remedy}"] if self.remedy else told


class SettingsError(EverloopError):
    """A setting is misspelt or out of range."""

    status = 400


class WorkspaceError(EverloopError):
    """The workspace cannot be used."""

    status = 503


class WorkspaceMissing(WorkspaceError):
    """There is no workspace here. Make one with `everloop new NAME`, and --data FILE --target COLUMN for a table."""

    status = 404


class WorkspaceBusy(WorkspaceError):
    """Another process is writing to this workspace. Wait for it, or stop it."""


class WorkspaceUnusable(WorkspaceError):
    """The workspace's folder cannot be written or read."""


class NotFound(EverloopError):
    """There is no such thing."""

    status = 404


class Conflict(EverloopError):
    """It exists already, or it changed under you."""

    status = 409


class InvalidName(EverloopError):
    """A name is 1 to 63 characters: letters, digits, `-` and `_`, beginning with a letter or digit."""

    status = 400


class InvalidData(EverloopError):
    """The rows cannot be read."""

    status = 422


class SchemaMismatch(InvalidData):
    """The rows do not fit the dataset."""


class InvalidRequest(EverloopError):
    """An argument does not fit."""

    status = 400


class BodyTooLarge(InvalidRequest):
    """The body is larger than what is taken."""

    status = 413


class RecipeRefused(EverloopError):
    """The recipe cannot be trained or stored safely."""

    status = 422


class TrainingFailed(EverloopError):
    """The training process ended without a model."""

    status = 422


class BundleRefused(EverloopError):
    """The bundle is not what its digest says, or holds what we do not load."""

    status = 422


class CaptureFailed(EverloopError):
    """The answer could not be captured, so it was not given."""

    status = 503


class CaptureDamaged(EverloopError):
    """The capture log holds bytes that are not whole frames."""


class StoredFormatUnknown(EverloopError):
    """This was written by a newer Everloop, or not by Everloop."""


class Denied(EverloopError):
    """You are not allowed to do that."""

    status = 403


class Unreachable(EverloopError):
    """The server does not answer."""

    status = 503


class PortTaken(EverloopError):
    """Something else listens on that port."""

    status = 503
