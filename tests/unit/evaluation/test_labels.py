import pyarrow as pa
import pytest

from everloop.evaluation.labels import all_classes, as_text, codes_of


@pytest.mark.parametrize(
    ("label", "text"), [(True, "true"), (False, "false"), (7, "7"), (7.0, "7"), (7.5, "7.5"), ("7", "7")]
)
def test_one_class_reads_the_same_in_every_type(label, text):
    assert as_text(label) == text


def test_classes_of_all_models_come_first_then_what_only_the_truth_has():
    truth = pa.chunked_array([["c", "z", None, "b"]])
    assert all_classes([("b", "a"), ("a", "c")], truth) == ("b", "a", "c", "z")


@pytest.mark.parametrize(
    "labels",
    [
        pa.chunked_array([["no", "yes", None, "maybe"]]),
        pa.chunked_array([pa.array(["no", "yes", None, "maybe"]).dictionary_encode()]),
    ],
)
def test_a_missing_label_and_an_unknown_one_have_no_place(labels):
    assert codes_of(labels, ("yes", "no")).tolist() == [1, 0, -1, -1]


def test_whole_numbers_booleans_and_floats_find_their_classes():
    assert codes_of(pa.chunked_array([[1, 0]]), ("0", "1")).tolist() == [1, 0]
    assert codes_of(pa.chunked_array([[1.0, 0.0]]), ("0", "1")).tolist() == [1, 0]
    assert codes_of(pa.chunked_array([[True, False]]), ("false", "true")).tolist() == [1, 0]


def test_no_labels_have_no_places():
    assert codes_of(pa.chunked_array([pa.array([], pa.string())]), ("a",)).tolist() == []
