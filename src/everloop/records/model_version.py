"""An immutable bundle with its lineage, under a name and a number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from everloop.records.actor import Actor
from everloop.records.imported import Imported
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.shown.markup import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """Where a model came from, and what it is. The bundle says how it runs."""

    FORMAT: ClassVar[str] = "everloop.model-version/1"

    model: str
    number: int
    bundle: str  # digest
    run: str  # empty where it was not trained here
    recipe: str  # digest; empty where none is known
    dataset: str
    dataset_version: int
    data_digest: str
    code_version: str
    environment: dict[str, str]
    signature: Signature
    target: TargetRule
    created_at: datetime
    by: Actor
    metrics: dict[str, float] = field(default_factory=dict)
    imported: Imported | None = None  # trained elsewhere: no recipe, and what it learned from is not known
    served_elsewhere: bool = False  # there is nothing of it here to run
    taught: str = ""  # digest of the marks of the rows that it was fitted on; empty where nobody knows them

    @property
    def data(self) -> str:
        """What it learned from, in a word; of an imported version, where it came from."""
        if self.imported is not None:
            return f"{self.imported.file} ({self.imported.digest[:12]})"
        return f"dataset {self.dataset}@{self.dataset_version}"

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"

    def _repr_html_(self) -> str:
        scores = [(name, value) for name, value in self.metrics.items()]
        reads = f"{len(self.signature.columns):,} columns"
        return facts(
            f"{self}",
            [
                ("predicts", self.target.outcome),
                ("from", reads),
                ("classes", ", ".join(map(str, self.signature.classes[:10]))),
                ("learned from", self.data),
                ("made (UTC)", self.created_at),
                ("by", self.by),
                ("bundle", self.bundle[:12]),
                *scores,
            ],
        )
