"""Recipes' records without an estimator's store."""

from collections.abc import Callable, Iterator

import pytest
from threadpoolctl import threadpool_limits

from everloop.records.recipe import RecipeRecord
from everloop.records.target import TargetRule

Make = Callable[..., RecipeRecord]


@pytest.fixture
def recipe() -> Make:
    """A record with the target `y` and these settings."""

    def make(**settings) -> RecipeRecord:
        given = {
            "estimator": "x.Y",
            "estimator_digest": "e",
            "hyperparameters": {},
            "target": TargetRule(outcome="y"),
        }
        return RecipeRecord(**{**given, **settings})

    return make


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Small fits on many threads wait for one another more than they work."""
    with threadpool_limits(limits=1):
        yield
