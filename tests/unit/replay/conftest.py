"""Rows, and the dice that decide their chances."""

from collections.abc import Callable

import pytest

from everloop.replay.dice import Dice


@pytest.fixture
def dice() -> Callable[..., Dice]:
    def make(count: int, *, first: int = 0, seed: int = 7, name: str = "test") -> Dice:
        return Dice(seed=seed, name=name, first=first, count=count)

    return make
