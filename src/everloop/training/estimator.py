"""What training asks of an estimator, whoever made it."""

import warnings
from collections.abc import Iterator
from typing import Any

Estimator = Any  # scikit-learn has no type for what has `fit`, `predict` and `get_params`


def parts(estimator: Estimator) -> Iterator[Estimator]:
    """The estimator and every estimator among its parameters, all the way down."""
    yield estimator
    for value in estimator.get_params(deep=True).values():
        if hasattr(value, "get_params") and not isinstance(value, type):
            yield value


def first_step(estimator: Estimator) -> Estimator:
    """What sees the rows first: the first step of a pipeline, else the estimator itself."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[0][1]
    return estimator


def last_step(estimator: Estimator) -> Estimator:
    """What answers: the last step of a pipeline, else the estimator itself."""
    while hasattr(estimator, "steps"):
        estimator = estimator.steps[-1][1]
    return estimator


def is_lightgbm(estimator: Estimator) -> bool:
    """Whether it is LightGBM's own estimator, not one that holds it."""
    return type(estimator).__module__.startswith("lightgbm.")


def input_tags(estimator: Estimator) -> Any:  # noqa: ANN401 - scikit-learn's InputTags, or None
    """What it says of the inputs that it takes; None for an estimator that says nothing."""
    from sklearn.utils import get_tags

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # estimators that predate tags
        try:
            return get_tags(estimator).input_tags
        except (AttributeError, TypeError, ValueError):
            return None
