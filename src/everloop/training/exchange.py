"""What parent and child leave for one another in a run's folder."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from everloop.records.names import checked_name
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Signature
from everloop.stores.layout import Layout

REQUEST = "request.json"
ESTIMATOR = "estimator.skops"
DATA = "data.arrow"
LOG = "log.txt"
RESULT = "result.json"
ERROR = "error.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """What the child shall do; the estimator and the rows lie beside it."""

    FORMAT: ClassVar[str] = "everloop.training-request/1"

    run: str
    recipe: RecipeRecord
    data: str  # digest of the rows
    threads: int
    note: str = ""  # for people: which rows these are, where they are not all


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """What came of it: the bundle is in the workspace, under its digest."""

    FORMAT: ClassVar[str] = "everloop.training-result/1"

    run: str
    bundle: str
    runtime: str
    signature: Signature
    metrics: dict[str, float]
    rows: dict[str, int]  # fitted, scored, left_out
    environment: dict[str, str]
    seconds: float
    taught: str = ""  # digest of the marks of the rows that it was fitted on; they are kept already


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingError:
    """Why there is none. `kind` names a class of `everloop.errors`."""

    FORMAT: ClassVar[str] = "everloop.training-error/1"

    run: str
    kind: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A line of the child's, while it works."""

    FORMAT: ClassVar[str] = "everloop.training-progress/1"

    text: str
    share: float = field(default=0.0)  # of the work, 0 to 1


def run_folder(layout: Layout, run: str) -> Path:
    """Where the run's files lie."""
    return layout.runs / checked_name(run, "run")
