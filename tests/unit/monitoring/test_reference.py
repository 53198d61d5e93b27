import numpy as np
import pyarrow as pa
import pytest

from everloop.errors import StoredFormatUnknown
from everloop.monitoring.reference import cell_column, number_column, reference_of
from everloop.monitoring.reference_blob import from_bytes, to_bytes
from everloop.statistics.tally import tally


def _numbers(values):
    return number_column("x", pa.chunked_array([pa.array(values, pa.float64())]))


def test_nothing_of_the_window_itself_is_out_of_its_range(chance):
    found = _numbers(chance.normal(size=500))
    assert found.counts[0] == found.counts[-1] == 0
    assert found.counts.sum() == 500
    assert len(found.coarse) <= len(found.edges)


def test_bins_hold_about_as_many_rows_each(chance):
    inner = _numbers(chance.normal(size=6000)).counts[1:-1]
    assert inner.min() >= 50
    assert inner.max() <= 150


@pytest.mark.parametrize("values", [[3.0] * 40, [0.0] * 95 + [1.0, 2.0, 5.0, 9.0, 9.0], [1.0]])
def test_ties_make_fewer_bins_and_lose_no_row(values):
    found = _numbers(values)
    assert found.counts.sum() == len(values)
    assert np.all(np.diff(found.edges) > 0)


def test_nan_and_what_32_bits_cannot_hold_are_missing():
    found = _numbers([1.0, float("nan"), None, 1e300, 2.0])
    assert found.missing == 3
    assert found.sample.rows == 2


def test_a_column_without_values_has_one_empty_bin():
    found = _numbers([None, None])
    assert (found.missing, found.counts.tolist()) == (2, [0])


def test_cells_come_by_their_frequency_and_the_rest_is_empty():
    found = cell_column("c", pa.chunked_array([["b", "a", "b", None, "c"]]))
    assert found.cells == ("b", "a", "c")
    assert found.counts.tolist() == [2, 1, 1, 0]
    assert (found.missing, found.once) == (1, 2)


def test_a_boolean_is_two_cells():
    found = cell_column("m", pa.chunked_array([[True, False, True, None]]))
    assert (found.cells, found.counts.tolist()) == (("true", "false"), [2, 1, 0])


def test_a_reference_comes_back_from_its_bytes(chance, people, signature):
    made = reference_of(signature, people(chance, 300), ["no", "yes", "no"], tally([1, 0, 1]))
    data = to_bytes(made)
    back = from_bytes(data)
    assert to_bytes(back) == data
    assert back.promised == made.promised
    assert [c.name for c in back.columns] == [c.name for c in made.columns]
    assert back.answers is not None
    assert back.answers.counts.tolist() == [2, 1, 0]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not an archive", b"\x80\x04K\x01."])
def test_what_is_not_a_reference_is_refused(data):
    with pytest.raises(StoredFormatUnknown):
        from_bytes(data)


def test_an_archive_with_objects_in_it_is_refused(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, head=np.array([{"format": 1}], dtype=object))
    with pytest.raises(StoredFormatUnknown):
        from_bytes(path.read_bytes())
