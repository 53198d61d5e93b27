"""Recorded answers as scores: what was answered, by whom, and with what probabilities."""

import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.recorded import answered_by, recorded
from everloop.records.endpoint import VersionRef
from everloop.records.signature import Signature

OURS = VersionRef(model="shop", number=1)
CLASSES = Signature(task="classification", target="y", columns=(), classes=("No", "Yes"))
NUMBERS = Signature(task="regression", target="y", columns=())


def rows(outputs, chances=None, versions=None) -> pa.Table:
    count = len(outputs)
    return pa.table(
        {
            "model": ["shop"] * count,
            "version": versions or [1] * count,
            "output": outputs,
            "probabilities": pa.array(chances or [None] * count, pa.list_(pa.float32())),
        }
    )


def test_a_class_is_its_own_and_no_probability_is_known():
    found = recorded(rows(["Yes", "No"]), OURS, CLASSES)
    assert found.outputs.tolist() == [[0, 1], [1, 0]]
    assert found.chances is False


def test_probabilities_are_kept_where_every_row_has_them():
    found = recorded(rows(["Yes", "No"], [[0.25, 0.75], [0.5, 0.5]]), OURS, CLASSES)
    assert found.outputs.tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert found.chances is True
    assert recorded(rows(["Yes", "No"], [[0.25, 0.75], None]), OURS, CLASSES).chances is False


def test_a_row_that_failed_or_that_another_version_answered_has_no_answer():
    found = recorded(rows(["Yes", None, "Yes"], versions=[1, 1, 2]), OURS, CLASSES)
    assert found.answered.tolist() == [True, False, False]
    assert np.isnan(found.outputs[1:]).all()
    assert found.failure == "no answer of it was recorded"
    assert answered_by(rows(["Yes", "No"], versions=[2, 1]), OURS).tolist() == [False, True]


def test_a_number_is_itself():
    found = recorded(rows([1.5, None]), OURS, NUMBERS)
    assert found.outputs[0] == pytest.approx(1.5)
    assert found.answered.tolist() == [True, False]


def test_classes_may_be_written_in_another_type():
    signature = Signature(task="classification", target="y", columns=(), classes=(3, 7))
    assert recorded(rows([7.0, 3.0]), OURS, signature).outputs.argmax(axis=1).tolist() == [1, 0]
