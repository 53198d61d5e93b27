"""A small training window of every kind of column, and windows like it."""

import numpy as np
import pyarrow as pa
import pytest

from everloop.evidence.policies.drifted import Drifted
from everloop.evidence.policies.share_moved import ShareMoved
from everloop.monitoring.judge import Rules
from everloop.records.signature import Column, Signature

SIGNATURE = Signature(
    task="classification",
    target="left",
    columns=(
        Column(name="height", kind="number", nullable=True),
        Column(name="visits", kind="number", nullable=False),
        Column(name="member", kind="boolean", nullable=True),
        Column(name="city", kind="category", nullable=True, categories=("Bern", "Lima", "Oslo")),
    ),
    classes=("no", "yes"),
)


def _people(chance, rows, *, height=0.0, lima=0.3, missing=0.05):
    """Rows of an unchanged world, or of one in which something has moved."""
    gone = chance.random(rows) < missing
    cities = chance.choice(["Bern", "Lima", "Oslo"], rows, p=[0.9 - lima, lima, 0.1])
    return pa.table(
        {
            "height": pa.array(chance.normal(170 + height, 10, rows), mask=gone),
            "visits": pa.array(chance.poisson(0.7, rows).astype(float)),
            "member": pa.array(chance.random(rows) < 0.4),
            "city": pa.array(cities),
        }
    )


@pytest.fixture
def people():
    """Makes rows: of an unchanged world, or of one in which something has moved."""
    return _people


@pytest.fixture
def signature():
    return SIGNATURE


@pytest.fixture
def chance():
    return np.random.default_rng(5)


@pytest.fixture
def rules():
    return Rules(drifted=Drifted(), moved=ShareMoved())
