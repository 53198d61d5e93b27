"""A bundle's manifest: what lies in the folder, and what was proven of it."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from everloop.records.signature import Signature

ELSEWHERE = (
    "elsewhere"  # the runtime of a model that somebody else serves: there is nothing of it here to run
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of the bundle, by its plain name."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How far the stored form's answers are from the fitted estimator's, on real rows."""

    rows: int
    largest_difference: float  # of outputs: probabilities, or values over their standard deviation
    tolerance: float
    labels_differing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """The whole contract of a bundle. The bundle's digest is the SHA-256 of this record's canonical JSON."""

    FORMAT: ClassVar[str] = "everloop.bundle/1"

    runtime: Literal["onnx", "lightgbm", "skops", "elsewhere"]
    signature: Signature
    files: tuple[FileEntry, ...]
    recipe: str  # digest; empty where no recipe is known
    data: str  # digest of the dataset version
    environment: dict[str, str] = field(default_factory=dict)  # library to version, where it shapes the model
    parity: Parity | None = None  # None where the fitted estimator itself is stored
    fallback_reason: str = ""  # why it is not ONNX
