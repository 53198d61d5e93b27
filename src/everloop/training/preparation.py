"""From any estimator to one that takes a table's rows: as one matrix of floats, or column by column.

LightGBM takes categories and missing values as they are. A pipeline of the user's own that picks columns or
reads texts gets the columns. Every other estimator gets the matrix, with a preparation before it where it needs
one, made of steps that have an exact counterpart in ONNX.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from everloop.records.signature import Column
from everloop.training.estimator import Estimator, first_step, input_tags, is_lightgbm, parts

Layout = Literal["matrix", "columns"]

NO_CATEGORY = -2.0  # stands in for a missing category before it is one-hot encoded; -1 is an unseen one
SCALED = ("linear_model", "svm", "neighbors", "neural_network", "gaussian_process", "discriminant_analysis")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is fitted, with its further arguments of `fit`, and a line for people if something was added."""

    estimator: Estimator
    arguments: dict[str, Any]
    note: str = ""


def layout_of(estimator: Estimator) -> Layout:
    """Columns for what picks columns or reads texts by itself, else a matrix."""
    from sklearn.compose import ColumnTransformer

    if any(isinstance(part, ColumnTransformer) for part in parts(estimator)):
        return "columns"
    tags = input_tags(first_step(estimator))
    return (
        "columns" if tags and (tags.string or tags.categorical) and not is_lightgbm(estimator) else "matrix"
    )


def named_columns(estimator: Estimator) -> tuple[str, ...]:
    """The columns that a pipeline picks by name, if those are all that it reads; else none."""
    from sklearn.compose import ColumnTransformer

    first = first_step(estimator)
    if not isinstance(first, ColumnTransformer) or first.remainder != "drop":
        return ()
    picked = [
        [spec] if isinstance(spec, str) else spec for _, step, spec in first.transformers if step != "drop"
    ]
    if not all(isinstance(spec, list | tuple) and all(isinstance(n, str) for n in spec) for spec in picked):
        return ()
    return tuple(dict.fromkeys(name for spec in picked for name in spec))


def prepare(estimator: Estimator, columns: tuple[Column, ...], layout: Layout) -> Prepared:
    """The estimator as it will be fitted on rows of `columns` in `layout`."""
    categories = [i for i, c in enumerate(columns) if c.kind == "category"]
    if layout == "columns":
        return Prepared(estimator, {})
    if is_lightgbm(estimator):
        return Prepared(estimator, {"categorical_feature": categories} if categories else {})
    tags = input_tags(estimator)
    takes_missing = tags is not None and tags.allow_nan
    scaled = type(first_step(estimator)).__module__.startswith(tuple(f"sklearn.{m}" for m in SCALED))
    if not (categories or scaled or (any(c.nullable for c in columns) and not takes_missing)):
        return Prepared(estimator, {})
    return Prepared(
        _with_preparation(estimator, columns, scaled=scaled), {}, _described(columns, scaled=scaled)
    )


def _with_preparation(estimator: Estimator, columns: tuple[Column, ...], *, scaled: bool) -> Estimator:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    numbers = [i for i, c in enumerate(columns) if c.kind != "category"]
    categories = [i for i, c in enumerate(columns) if c.kind == "category"]
    steps = []
    if numbers:
        steps.append(("numbers", Pipeline(list(_numbers(scaled=scaled))), numbers))
    if categories:
        steps.append(
            ("categories", Pipeline(list(_categories([columns[i] for i in categories]))), categories)
        )
    return Pipeline([("prepare", ColumnTransformer(steps)), ("model", estimator)])


def _numbers(*, scaled: bool) -> Iterator[tuple[str, Any]]:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    yield "fill", SimpleImputer(strategy="median", keep_empty_features=True)
    if scaled:
        yield "scale", StandardScaler()


def _categories(columns: list[Column]) -> Iterator[tuple[str, Any]]:
    """One column of 0 and 1 a category, and one for missing where it was seen; an unseen category is all 0."""
    import numpy as np
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    codes = [[*([NO_CATEGORY] if c.nullable else []), *map(float, range(len(c.categories)))] for c in columns]
    yield "fill", SimpleImputer(strategy="constant", fill_value=NO_CATEGORY, keep_empty_features=True)
    yield (
        "encode",
        OneHotEncoder(
            categories=[np.asarray(c, dtype=np.float32) for c in codes],
            handle_unknown="ignore",
            sparse_output=False,
            dtype=np.float32,
        ),
    )


def _described(columns: tuple[Column, ...], *, scaled: bool) -> str:
    done = []
    if any(c.nullable and c.kind != "category" for c in columns):
        done.append("missing numbers are filled with the median")
    if scaled:
        done.append("numbers are scaled")
    if any(c.kind == "category" for c in columns):
        done.append("categories are one-hot encoded")
    return f"Prepared for this estimator: {', '.join(done)}." if done else ""
