"""Tables that ship with the libraries, and a workspace's folder to train in."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer

from everloop.stores.layout import Layout
from everloop.training.freeze import freeze
from everloop.training.job import prepare
from everloop.training.recipe import Recipe


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / ".everloop")


@pytest.fixture(scope="session")
def tumours() -> pa.Table:
    """Breast cancer: five numbers, one with gaps; a text column with gaps; a text target."""
    data = load_breast_cancer()
    columns = {name.replace(" ", "_"): data.data[:, i] for i, name in enumerate(data.feature_names[:5])}
    size = np.where(columns["mean_radius"] > 15, "large", "small").astype(object)
    size[::11] = None
    first = columns["mean_radius"].copy()
    first[::13] = np.nan
    return pa.table(
        {
            **columns,
            "mean_radius": pa.array(first, from_pandas=True),
            "size": pa.array(size, pa.string()),
            "diagnosis": pa.array(data.target_names[data.target].tolist()),
        }
    )


@pytest.fixture
def lay_out(layout: Layout, tumours: pa.Table) -> Callable[..., Path]:
    """Freeze a recipe and prepare a run of it; answers the run's folder."""

    def lay_out(run: str, estimator: object = None, *, threads: int = 1, **settings) -> Path:
        given = {"task": "classification", "target": "diagnosis", "seed": 7, **settings}
        record, blob = freeze(Recipe(estimator, **given))  # type: ignore[arg-type]
        return prepare(
            layout, run, recipe=record, estimator=blob, rows=tumours, data="d" * 64, threads=threads
        )

    return lay_out


def alive(pid: int) -> bool:
    """Whether the process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    assert os.path.exists("/proc/self/stat"), "this reads Linux's process table"
    return alive
