"""What parent and child leave for one another when a model is imported; the rest is as in a training."""

from dataclasses import dataclass
from typing import ClassVar

from everloop.records.imported import ImportFormat

TASK = "import.json"
MODEL = "source.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a person says of a model because its file does not. Empty: it is to be found out."""

    target: str = ""
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()  # columns of the rows, in the model's order
    output: str = ""  # of an ONNX graph
    logits: bool = False  # its numbers are not probabilities yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTask:
    """What the child shall do; the model's file and rows like those it takes, where there are any, lie beside it."""

    FORMAT: ClassVar[str] = "everloop.import-task/1"

    run: str
    name: str
    kind: ImportFormat
    digest: str
    declared: Declared
    rows: str = ""  # digest of the rows
    columns: tuple[str, ...] = ()  # names that MLflow knows
    threads: int = 1
