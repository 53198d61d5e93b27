from dataclasses import replace
from time import perf_counter, sleep

import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.gates.latency import Latency
from everloop.records.signature import Column
from everloop.testing.linear_bundle import numbers


def test_a_quick_model_passes_a_wide_budget(case_of, ledger_rows):
    (verdict,) = Latency(1000.0).judge(case_of(rows=ledger_rows({"number.x": [1.0]}, ["yes"])))
    assert verdict.verdict == "pass"
    assert 0 < verdict.value < 1000
    assert (verdict.gate, verdict.limit) == ("E105", 1000.0)


class Slow:
    """Takes two milliseconds for a row."""

    def predict(self, inputs):
        until = perf_counter() + 0.002
        while perf_counter() < until:
            sleep(0.0001)
        return np.zeros((len(inputs), 2), dtype=np.float32)


def test_a_slow_one_fails_and_says_how_slow(case_of, ledger_rows, monkeypatch):
    monkeypatch.setattr("everloop.evaluation.gates.latency.BLOCK", 10)
    case = case_of(rows=ledger_rows({"number.x": [1.0]}, ["yes"]))
    bundle = replace(case.candidate.bundle)
    bundle._runtime = Slow()
    case = replace(case, candidate=replace(case.candidate, bundle=bundle))
    (verdict,) = Latency(1.0).judge(case)
    assert verdict.verdict == "fail"
    assert verdict.value >= 2.0
    assert "1 ms are allowed" in verdict.reason


@pytest.mark.parametrize("layout", ["matrix", "columns"])
def test_texts_are_measured_too(case_of, tmp_path, ledger_rows, layout):
    from everloop.bundles.door import open_bundle
    from everloop.testing.linear_bundle import linear_bundle

    columns = (*numbers("x"), Column(name="c", kind="category", nullable=True, categories=("a",), missing=""))
    digest = linear_bundle(tmp_path, columns, [[0.0, 0.0], [1.0, 1.0]], classes=("no", "yes"), layout=layout)
    learned = pa.table({"x": [1.0, 2.0], "c": ["a", None], "y": ["no", "yes"]})
    rows = ledger_rows({"number.x": [1.0], "category.c": ["a"]}, ["yes"])
    case = case_of(rows=rows, candidate=open_bundle(tmp_path, digest), learned=learned)
    assert Latency(1000.0).judge(case)[0].verdict == "pass"
