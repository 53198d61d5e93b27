"""Rows and answers, as the servers that people use write them."""

import gzip
import json
import zlib
from contextlib import suppress

import pytest

from everloop.serving.proxy.forms.auto import FORMS, form_of
from everloop.serving.proxy.forms.form import Body, Unreadable

COLUMNS = ("age", "city")
ADA, BOB = {"age": 36, "city": "London"}, {"age": 51, "city": "Oslo"}


def body(document: object, kind: str = "application/json") -> Body:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Body(kind, data)


QUESTIONS = {
    "our own and KServe's V1": {"instances": [ADA, BOB]},
    "V1 with rows as lists": {"instances": [[36, "London"], [51, "Oslo"]]},
    "a bare list": [ADA, BOB],
    "MLflow's split frame": {
        "dataframe_split": {"columns": ["age", "city"], "data": [[36, "London"], [51, "Oslo"]]}
    },
    "MLflow's records": {"dataframe_records": [ADA, BOB]},
    "MLflow's columns": {"inputs": {"age": [36, 51], "city": ["London", "Oslo"]}},
    "KServe's V2, a tensor a column": {
        "inputs": [
            {"name": "age", "shape": [2], "datatype": "INT64", "data": [36, 51]},
            {"name": "city", "shape": [2, 1], "datatype": "BYTES", "data": ["London", "Oslo"]},
        ]
    },
    "a member of another name": {"customers": [ADA, BOB]},
    "objects around rows": {"instances": [{"features": ADA}, {"features": BOB}]},
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_rows_are_found_in_the_form_that_they_are_in(question):
    rows = form_of("auto", "", "", COLUMNS).rows(body(question))
    assert [row if isinstance(row, dict) else dict(zip(COLUMNS, row, strict=True)) for row in rows] == [
        ADA,
        BOB,
    ]


def test_one_row_may_be_the_whole_body():
    assert form_of("auto", "", "", COLUMNS).rows(body(ADA)) == [ADA]


def test_one_tensor_has_a_row_a_line():
    tensor = {"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]}
    assert form_of("v2", "", "", COLUMNS).rows(body({"inputs": [tensor]})) == [[1, 2], [3, 4]]
    assert form_of("auto", "", "", COLUMNS).rows(
        body({"inputs": [{**tensor, "data": [[1, 2], [3, 4]]}]})
    ) == [
        [1, 2],
        [3, 4],
    ]


@pytest.mark.parametrize("text", [b"age,city\n36,London\n51,Oslo\n", b"36,London\r\n51,Oslo\r\n"])
def test_lines_have_a_header_or_none(text):
    rows = form_of("csv", "", "", COLUMNS).rows(body(text, "text/csv"))
    assert [list(row.values()) if isinstance(row, dict) else row for row in rows] == [
        ["36", "London"],
        ["51", "Oslo"],
    ]


def test_members_that_a_person_names_are_where_rows_and_answers_are():
    form = form_of("auto", "data.rows", "result.labels", COLUMNS)
    assert form.rows(body({"data": {"rows": [ADA, BOB]}})) == [ADA, BOB]
    assert form.given(body({"result": {"labels": ["yes", "no"]}}), 2).answers == ["yes", "no"]


ANSWERS = {
    "labels": {"predictions": ["yes", "no"]},
    "lists of one": {"predictions": [["yes"], ["no"]]},
    "a bare list": ["yes", "no"],
    "objects": {"predictions": [{"label": "yes", "score": 0.9}, {"label": "no", "score": 0.8}]},
    "SageMaker's linear learner": {
        "predictions": [{"score": 0.9, "predicted_label": "yes"}, {"predicted_label": "no"}]
    },
    "KServe's V2": {
        "outputs": [{"name": "predict", "shape": [2], "datatype": "BYTES", "data": ["yes", "no"]}]
    },
    "a lone member": {"prediction": ["yes", "no"]},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_are_found_in_the_form_that_they_are_in(answer):
    assert list(form_of("auto", "", "", COLUMNS).given(body(answer), 2).answers) == ["yes", "no"]


CHANCES = {
    "TensorFlow's": {"predictions": [[0.9, 0.1], [0.2, 0.8]]},
    "V2's": {
        "outputs": [
            {"name": "probabilities", "shape": [2, 2], "datatype": "FP32", "data": [0.9, 0.1, 0.2, 0.8]}
        ]
    },
}


@pytest.mark.parametrize("answer", CHANCES.values(), ids=CHANCES.keys())
def test_a_list_a_row_is_its_probabilities(answer):
    found = form_of("auto", "", "", COLUMNS).given(body(answer), 2)
    assert [list(row) for row in found.probabilities] == [[0.9, 0.1], [0.2, 0.8]]


def test_of_two_tensors_one_has_the_answers_and_one_the_probabilities():
    outputs = [
        {"name": "label", "shape": [2, 1], "datatype": "INT64", "data": [0, 1]},
        {"name": "probabilities", "shape": [2, 2], "datatype": "FP32", "data": [0.9, 0.1, 0.2, 0.8]},
    ]
    found = form_of("v2", "", "", COLUMNS).given(body({"outputs": outputs}), 2)
    assert list(found.answers) == [0, 1]
    assert [list(row) for row in found.probabilities] == [[0.9, 0.1], [0.2, 0.8]]


@pytest.mark.parametrize("text", [b"1.5\n2.5\n", b"1.5,2.5"])
def test_answers_stand_on_lines_or_on_one(text):
    assert list(form_of("csv", "", "", COLUMNS).given(body(text, "text/csv; charset=utf-8"), 2).answers) == [
        1.5,
        2.5,
    ]


UNREADABLE = {
    "no JSON": b"<html>",
    "no JSON at all": b"",
    "too deep": b"[" * 100_000,
    "bytes that are no text": b"\xff\xfe",
    "no rows": {"instances": []},
    "a number": 5,
    "rows of numbers in rows": {"instances": [[[1]], 2]},
    "tensors without data": {"inputs": [{"name": "age", "shape": [2], "datatype": "INT64"}]},
    "a tensor of another size": {"inputs": [{"name": "age", "shape": [2, 2], "data": [1]}]},
    "a shape of texts": {"inputs": [{"name": "age", "shape": ["2"], "data": [1, 2]}]},
    "a frame with a short line": {"dataframe_split": {"columns": ["age"], "data": [[1, 2]]}},
    "columns of different lengths": {"inputs": {"age": [1], "city": ["a", "b"]}},
    "nothing that is known": {"greeting": "hello"},
}


@pytest.mark.parametrize("question", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_said_to_be_so(question):
    with pytest.raises(Unreadable):
        form_of("auto", "", "", COLUMNS).rows(body(question))


@pytest.mark.parametrize("form", FORMS)
def test_no_form_stumbles_over_another_ones_bodies(form):
    reader = form_of(form, "", "", COLUMNS)
    documents = [*QUESTIONS.values(), *ANSWERS.values(), *CHANCES.values(), *UNREADABLE.values()]
    for document in documents:
        for kind in ("application/json", "text/csv", ""):
            with suppress(Unreadable):
                assert reader.rows(body(document, kind))
            with suppress(Unreadable):
                reader.given(body(document, kind), 2)


@pytest.mark.parametrize(
    "answer", [{"predictions": ["yes"]}, {"predictions": [None, None]}, {"predictions": [["a"], "b"]}, {}, 7]
)
def test_answers_that_do_not_fit_the_rows_are_not_read(answer):
    with pytest.raises(Unreadable):
        form_of("auto", "", "", COLUMNS).given(body(answer), 2)


def test_a_body_is_decompressed():
    data = json.dumps({"instances": [ADA]}).encode()
    for encoding, packed in (("gzip", gzip.compress(data)), ("deflate", zlib.compress(data)), ("", data)):
        assert Body.of("application/json; charset=utf-8", encoding, packed, 1000) == Body(
            "application/json", data
        )


UNPACKABLE = {
    "an unknown encoding": ("br", b"x"),
    "no gzip": ("gzip", b"no gzip"),
    "too much of it": ("gzip", gzip.compress(b"0" * 10_000, mtime=0)),
    "cut off": ("gzip", gzip.compress(b"0", mtime=0)[:-4]),
}


@pytest.mark.parametrize(("encoding", "data"), UNPACKABLE.values(), ids=UNPACKABLE.keys())
def test_a_body_that_cannot_be_decompressed_to_the_limit_is_not_read(encoding, data):
    with pytest.raises(Unreadable):
        Body.of("", encoding, data, 1000)
