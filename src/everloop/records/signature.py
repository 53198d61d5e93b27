"""What a model takes and gives: the contract between training and serving."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Label = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One input. A category's code is its place in `categories`; a text that is not there has code -1.

    `missing` stands in for a missing value, when the model was fitted so; None means NaN.
    In the `columns` layout a category travels as its text, and a missing one as the text `missing`.
    """

    name: str
    kind: Literal["number", "boolean", "category"]
    nullable: bool
    categories: tuple[str, ...] = ()
    missing: float | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The inputs in order, and how the output reads.

    `matrix`: one float32 matrix (rows, columns), categories as codes. `columns`: one array (rows, 1) a column,
    float32 or text. The output is float32: (rows,) for regression, (rows, classes) of probabilities for
    classification, where the prediction is the class with the largest.
    """

    FORMAT: ClassVar[str] = "everloop.signature/1"

    task: Literal["classification", "regression"]
    target: str
    columns: tuple[Column, ...]
    layout: Literal["matrix", "columns"] = "matrix"
    classes: tuple[Label, ...] = ()
    ignored: tuple[str, ...] = ()  # of the training table: a request may send them, the model reads them not
