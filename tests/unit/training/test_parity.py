import numpy as np
import pyarrow as pa
import pytest

from everloop.records.signature import Column, Signature
from everloop.training.parity import TOLERANCE, UNSEEN_TEXT, compare, disturbed, holds, sample


def test_a_sample_is_the_whole_of_a_small_table_and_spread_over_a_large_one():
    small = pa.table({"a": range(10)})
    assert sample(small).equals(small)
    large = sample(pa.table({"a": range(10_000)}))["a"].to_pylist()
    assert len(large) == 2000
    assert np.diff(large).tolist() == [5] * 1999
    assert sample(small.slice(0, 0)).num_rows == 0


def test_probabilities_differ_by_their_largest_difference_and_count_changed_labels():
    expected = np.array([[0.6, 0.4], [0.2, 0.8]], dtype=np.float32)
    found = np.array([[0.45, 0.55], [0.2, 0.8]], dtype=np.float32)
    parity = compare("classification", expected, found)
    assert parity.largest_difference == pytest.approx(0.15, abs=1e-6)
    assert (parity.rows, parity.labels_differing) == (2, 1)
    assert not holds(parity)


def test_values_differ_in_standard_deviations():
    expected = np.array([0, 200], dtype=np.float32)  # standard deviation 100
    parity = compare("regression", expected, np.array([0, 201], dtype=np.float32))
    assert parity.largest_difference == pytest.approx(0.01)


def test_equal_values_that_do_not_vary_are_measured_as_they_are():
    same = np.full(3, 5, dtype=np.float32)
    assert compare("regression", same, same).largest_difference == 0
    assert compare("regression", same, same + 1).largest_difference == 1


@pytest.mark.parametrize("found", [[[np.nan, 0.5]], [[0.5, 0.3, 0.2]]])
def test_what_is_no_number_or_of_another_shape_never_holds(found):
    parity = compare(
        "classification", np.array([[0.5, 0.5]], dtype=np.float32), np.array(found, dtype=np.float32)
    )
    assert parity.largest_difference == np.inf
    assert not holds(parity)


def test_the_tolerance_itself_holds():
    expected = np.zeros((1, 2), dtype=np.float32)
    assert holds(compare("classification", expected, expected))
    assert TOLERANCE <= 1e-4


COLUMNS = (
    Column(name="full", kind="number", nullable=False),
    Column(name="gaps", kind="number", nullable=True),
    Column(name="text", kind="category", nullable=True, categories=("a",), missing=""),
)


def test_only_what_may_be_missing_is_and_every_category_meets_unseen_ones():
    signature = Signature(task="regression", target="y", columns=COLUMNS)
    rows = np.zeros((70, 3), dtype=np.float32)
    changed = disturbed(signature, rows)
    assert isinstance(changed, np.ndarray)
    assert not np.isnan(changed[:, 0]).any()
    assert np.isnan(changed[:, 1]).sum() == 10
    assert (changed[:, 2] == -1).sum() == 10
    assert not np.isnan(rows).any()


def test_texts_go_missing_as_the_signature_says():
    signature = Signature(task="regression", target="y", columns=COLUMNS, layout="columns")
    columns = {c.name: np.zeros((14, 1), dtype=np.float32) for c in COLUMNS[:2]}
    texts = np.array([["a"]] * 14, dtype=object)
    changed = disturbed(signature, {**columns, "text": texts})
    assert sorted(changed["text"].ravel().tolist()) == ["", "", *[UNSEEN_TEXT] * 2, *["a"] * 10]
