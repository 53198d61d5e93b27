"""An immutable bundle with its lineage, under a name and a number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.actor import Actor
from everloop.records.imported import Imported
from everloop.records.signature import Signature
from everloop.records.target import TargetRule

Origin = Literal["trained", "imported", "elsewhere"]  # the last: somebody else serves it


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
    origin: Origin = "trained"

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"
