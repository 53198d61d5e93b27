"""One execution of a recipe on one dataset version."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.actor import Actor
from everloop.records.imported import Imported
from everloop.records.target import TargetRule
from everloop.shown.markup import facts

RunState = Literal["running", "finished", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A training, from its start to its version or its error.

    Whoever carries it out holds a lock on its folder: a running run whose lock is free was interrupted.
    """

    FORMAT: ClassVar[str] = "everloop.run/1"

    id: str
    model: str
    recipe: str  # digest
    dataset: str
    dataset_version: int
    state: RunState
    by: Actor
    started_at: datetime
    finished_at: datetime | None = None
    bundle: str | None = None
    version: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    error: str = ""
    tracking: Literal["pending", "logged", "off"] = "pending"  # the MLflow run beside it
    tracking_id: str = ""
    estimator: str = ""  # digest of the unfitted estimator; empty in runs of older releases
    window: int | None = None  # it learned from the newest so many rows; None: from all
    left_out: tuple[int, ...] = ()  # suspect versions, whose added rows it did not learn from
    data_digest: str = ""  # of the rows that it learned from; empty in runs of older releases
    imported: Imported | None = (
        None  # it brings a model in that was trained elsewhere, instead of training one
    )
    target: TargetRule | None = None  # of an import; else the recipe's

    def _repr_html_(self) -> str:
        data = self.imported.file if self.imported else f"dataset {self.dataset}@{self.dataset_version}"
        scores = ", ".join(f"{name} {value:.4g}" for name, value in self.metrics.items())
        return facts(
            f"{self.id}: {self.model}",
            [
                ("state", self.state),
                ("of", data),
                ("started (UTC)", self.started_at),
                ("ended", self.finished_at),
                ("version", f"{self.model}@{self.version}" if self.version else ""),
                ("scores", scores),
                ("error", self.error),
            ],
        )
