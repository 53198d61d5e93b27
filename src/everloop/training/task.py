"""Classification or regression."""

from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import RecipeRefused

pc: Any = _compute  # the stubs know too little of what its functions take and give
FEW = 20  # at most so many different whole numbers are classes
MOST_CLASSES = 1000

Kind = Literal["classification", "regression"]


def task_of(target: "pa.ChunkedArray[Any]") -> Kind:
    """What a target's values ask for: texts, booleans and few different whole numbers are classes.

    Raises RecipeRefused for values of another kind, as dates.
    """
    kind = target.type
    if _is_text(kind) or pa.types.is_boolean(kind) or pa.types.is_dictionary(kind):
        return "classification"
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise RecipeRefused(
            f"The target holds {kind}; a model learns numbers, texts or booleans.",
            remedy="Make a column of one of these.",
        )
    return "classification" if _few_whole_numbers(target) else "regression"


def resolve_task(declared: str, estimator: object, target: "pa.ChunkedArray[Any]") -> Kind:
    """The recipe's task, else the estimator's, else the target's own."""
    from sklearn.base import is_classifier, is_regressor

    if declared == "auto":
        if is_classifier(estimator):
            return "classification"
        return "regression" if is_regressor(estimator) else task_of(target)
    return "regression" if declared == "regression" else "classification"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _few_whole_numbers(target: "pa.ChunkedArray[Any]") -> bool:
    different = pc.drop_null(pc.unique(target))
    if pa.types.is_floating(different.type):
        different = different.filter(pc.is_finite(different))
    if not 0 < len(different) <= FEW:
        return False
    return bool(pc.all(pc.equal(pc.floor(pc.cast(different, pa.float64())), different)).as_py())
