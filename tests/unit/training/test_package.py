import lightgbm
import numpy as np
import pyarrow as pa
import pytest

from everloop.errors import TrainingFailed
from everloop.records.signature import Column, Signature
from everloop.training import package as module
from everloop.training.conversion import NotConvertible
from everloop.training.fitted import Fitted
from everloop.training.package import package


@pytest.fixture(scope="module")
def table() -> pa.Table:
    chance = np.random.default_rng(2)
    return pa.table({"a": chance.normal(size=200), "b": chance.normal(size=200)})


@pytest.fixture(scope="module")
def fitted(table) -> Fitted:
    columns = tuple(Column(name=n, kind="number", nullable=False) for n in "ab")
    rows = np.column_stack([table["a"], table["b"]]).astype(np.float32)
    model = lightgbm.LGBMRegressor(n_estimators=5, verbosity=-1, n_jobs=1).fit(rows, rows[:, 0] * 2)
    return Fitted(model, Signature(task="regression", target="y", columns=columns))


def no_onnx(estimator, signature):
    raise NotConvertible("no converter for it")


def test_onnx_comes_first(fitted, table):
    packed = package(fitted, table)
    assert (packed.format, packed.fallback_reason) == ("onnx", "")
    assert packed.parity.rows == 400  # the rows, and the rows again with gaps
    assert list(packed.files) == ["model.onnx"]


def test_what_onnx_does_not_know_goes_into_its_native_form_with_the_reason(fitted, table, monkeypatch):
    monkeypatch.setattr(module, "to_onnx", no_onnx)
    packed = package(fitted, table)
    assert (packed.format, list(packed.files)) == ("lightgbm", ["model.txt"])
    assert packed.fallback_reason == "onnx: no converter for it"


def test_a_form_that_answers_otherwise_is_not_taken(fitted, table, monkeypatch):
    other = Fitted(
        lightgbm.LGBMRegressor(n_estimators=1, verbosity=-1, n_jobs=1).fit(np.eye(200, 2), np.arange(200)),
        fitted.signature,
    )
    convert = module.to_onnx
    monkeypatch.setattr(module, "to_onnx", lambda estimator, signature: convert(other.estimator, signature))
    packed = package(fitted, table)
    assert packed.format == "lightgbm"
    assert "onnx: answers differ by" in packed.fallback_reason


def test_an_estimator_with_no_form_at_all_is_refused_with_every_reason(fitted, table, monkeypatch):
    class Odd:
        def predict(self, rows):
            return rows[:, 0]

    with pytest.raises(TrainingFailed, match=r"onnx: .*; skops: .*Odd"):
        package(Fitted(Odd(), fitted.signature), table)
