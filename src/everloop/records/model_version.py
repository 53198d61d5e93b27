"""An immutable bundle with its lineage, under a name and a number."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from everloop.records.actor import Actor
from everloop.records.signature import Signature
from everloop.records.target import TargetRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """Where a model came from, and what it is. The bundle says how it runs."""

    FORMAT: ClassVar[str] = "everloop.model-version/1"

    model: str
    number: int
    bundle: str  # digest
    run: str
    recipe: str  # digest
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

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"
