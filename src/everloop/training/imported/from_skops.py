"""A fitted estimator in a skops file as a bundle."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from everloop.bundles.trusted import load_trusted
from everloop.errors import BundleRefused, InvalidRequest, TrainingFailed
from everloop.records.signature import Signature
from everloop.training.estimator import Estimator, is_lightgbm
from everloop.training.fitted import Fitted
from everloop.training.imported.classes import resolved
from everloop.training.imported.columns import LIKE, chosen_names, coded, columns_like
from everloop.training.imported.lightgbm_categories import as_in_rows, invented, pandas_categories
from everloop.training.imported.made import Given, Made
from everloop.training.imported.task import Declared
from everloop.training.package import package
from everloop.training.preparation import layout_of, named_columns

AS_ONNX = (
    "Write it as ONNX where it was trained: skl2onnx.to_onnx(model, X[:1]), and keep its SerializeToString()."
)


def from_skops(data: bytes, declared: Declared, rows: Given, columns: Sequence[str] = ()) -> Made:
    """The bundle of a skops file; `columns` are names that something beside the file knows.

    Raises BundleRefused for types that are not trusted, an estimator that was not fitted, or one that has no form in
    which it answers the rows as it does itself; InvalidRequest, naming the option, for what the file does not say.
    """
    try:
        estimator = load_trusted(data)
    except BundleRefused as error:
        raise BundleRefused(error.message, remedy=AS_ONNX) from error
    if rows is None or rows.num_rows == 0:
        raise InvalidRequest("A skops file does not say what its columns hold.", remedy=LIKE)
    signature, known = _signature(estimator, declared, rows, columns)
    try:
        packed = package(Fitted(estimator, signature), rows)
    except TrainingFailed as error:
        raise BundleRefused(error.message, remedy=AS_ONNX) from error
    return Made(
        format=packed.format,
        files=packed.files,
        signature=signature,
        parity=packed.parity,
        producer=type(estimator).__name__,
        fallback_reason=packed.fallback_reason,
        notes=tuple(filter(None, [coded(signature.columns, known) if signature.layout == "matrix" else ""])),
    )


def _signature(
    estimator: Estimator,
    declared: Declared,
    rows: pa.Table,
    columns: Sequence[str],
) -> tuple[Signature, dict[str, list[str]]]:
    from sklearn.base import is_classifier, is_regressor
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    name = type(estimator).__name__
    try:
        check_is_fitted(estimator)
        classifies = is_classifier(estimator)
        if not classifies and not is_regressor(estimator):
            raise BundleRefused(f"The {name} is neither a classifier nor a regressor.")
    except (NotFittedError, TypeError, AttributeError) as error:
        raise BundleRefused(f"The {name} was not fitted.", remedy="Fit it before it is stored.") from error
    if classifies and not hasattr(estimator, "predict_proba"):
        raise BundleRefused(
            f"The {name} gives no probabilities.",
            remedy="Wrap it in CalibratedClassifierCV, and fit it again.",
        )
    names = _names(estimator, declared, rows, columns)
    layout = layout_of(estimator)
    known = pandas_categories(estimator.booster_, names, rows) if is_lightgbm(estimator) else {}
    made = columns_like(rows, names, as_text=layout == "columns", categories=known)
    return Signature(
        task="classification" if classifies else "regression",
        target=declared.target,
        columns=made,
        layout=layout,
        classes=_classes(estimator, declared, rows) if classifies else (),
        ignored=tuple(n for n in rows.column_names if n not in names),
    ), known


def _names(
    estimator: Estimator, declared: Declared, rows: pa.Table, columns: Sequence[str]
) -> tuple[str, ...]:
    own = tuple(str(name) for name in getattr(estimator, "feature_names_in_", ()))
    picked = tuple(name for name in named_columns(estimator) if name in own)
    count = len(picked) or int(getattr(estimator, "n_features_in_", 0) or len(own))
    if not count:
        raise BundleRefused(f"The {type(estimator).__name__} does not say how many columns it takes.")
    if is_lightgbm(estimator):
        own = () if invented(own) else as_in_rows(own, rows.column_names)
    return chosen_names(
        rows,
        count=count,
        target=declared.target,
        features=declared.features,
        known=picked or own or columns,
    )


def _classes(estimator: Estimator, declared: Declared, rows: pa.Table) -> tuple[Any, ...]:
    found = getattr(estimator, "classes_", None)
    if found is None or getattr(found, "ndim", 0) != 1:
        raise BundleRefused(f"The {type(estimator).__name__} answers several questions at once.")
    labels = found.tolist()
    return resolved(labels, count=len(labels), declared=declared.classes, rows=rows, target=declared.target)
