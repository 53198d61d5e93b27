"""The same recipe, data and environment give the same bundle, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from everloop.bundles.door import open_bundle
from everloop.records.codec import from_json
from everloop.training.exchange import RESULT, TrainingResult
from everloop.training.job import child_environment

TRAIN_ALL = """
import sys, pathlib
from everloop.training import child
for folder in sys.argv[1:]:
    assert child.main(pathlib.Path(folder)) == 0
"""


def by_names() -> object:
    """A pipeline that picks its columns by name and reads texts."""
    picked = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["size"]),
        (SimpleImputer(), ["mean_radius", "mean_texture"]),
    )
    return make_pipeline(picked, LogisticRegression(max_iter=2000))


ESTIMATORS = {
    "onnx": lambda: LGBMClassifier(n_estimators=10, subsample=0.8, subsample_freq=1, colsample_bytree=0.8),
    "onnx columns": by_names,
    "skops": lambda: HistGradientBoostingClassifier(max_iter=5, max_features=0.5),
}


@pytest.fixture
def trained(lay_out) -> list[dict[str, TrainingResult]]:
    """Every estimator trained in two processes, with different hash seeds."""
    processes = []
    for attempt in range(2):
        folders = [
            lay_out(f"run_{attempt}_{place}", make()) for place, make in enumerate(ESTIMATORS.values())
        ]
        environment = {**child_environment(1), "PYTHONHASHSEED": str(attempt + 1)}
        command = [sys.executable, "-c", TRAIN_ALL, *map(str, folders)]
        processes.append((folders, subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)))
    return [_results(folders, process) for folders, process in processes]


def _results(folders: list[Path], process: "subprocess.Popen[bytes]") -> dict[str, TrainingResult]:
    assert process.wait() == 0
    found = (from_json(TrainingResult, (folder / RESULT).read_bytes()) for folder in folders)
    return dict(zip(ESTIMATORS, found, strict=True))


def test_two_processes_make_one_bundle_of_each_recipe(trained, layout):
    for name in ESTIMATORS:
        assert len({results[name].bundle for results in trained}) == 1, name
        assert trained[0][name].runtime == name.split()[0]
    assert len(os.listdir(layout.bundles)) == len(ESTIMATORS)
    for result in trained[0].values():
        assert open_bundle(layout.bundles, result.bundle).manifest.environment["threads"] == "1"
