import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.errors import BundleRefused
from everloop.records.signature import Column, Signature
from everloop.serving.decoding import Decoded, RequestDecoder
from everloop.serving.refusal import Refused

COLUMNS = (
    Column(name="age", kind="number", nullable=False),
    Column(name="Monthly Charges", kind="number", nullable=True),
    Column(name="income", kind="number", nullable=True, missing=-7.0),
    Column(name="senior", kind="boolean", nullable=False),
    Column(name="plan", kind="category", nullable=True, categories=("basic", "plus", "größer")),
    Column(name="town", kind="category", nullable=True, categories=("", "Bonn"), missing=""),
)
MATRIX = Signature(
    task="classification", target="churn", columns=COLUMNS, classes=("no", "yes"), ignored=("churn", "id")
)
TEXTS = Signature(task="regression", target="y", columns=COLUMNS, layout="columns")
NUMBERS = Signature(
    task="regression",
    target="y",
    columns=tuple(Column(name=name, kind="number", nullable=False) for name in "abc"),
)
ROW = {"age": 30, "Monthly Charges": 9.5, "income": 1, "senior": True, "plan": "plus", "town": "Bonn"}


def decoded(body: object, signature: Signature = MATRIX, *, max_rows: int = 10) -> Decoded:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestDecoder(signature, max_rows=max_rows).decode(data)


def rows_of(result: Decoded, width: int = len(COLUMNS)) -> list[list[float]]:
    return np.frombuffer(result.packed, "<f4").reshape(result.rows, width).tolist()


def refusal(body: object, signature: Signature = MATRIX) -> dict:
    with pytest.raises(Refused) as caught:
        decoded(body, signature)
    assert 400 <= caught.value.status < 500
    return json.loads(caught.value.problem)


def test_categories_become_their_places_and_booleans_numbers():
    assert rows_of(decoded({"instances": [ROW]})) == [[30, 9.5, 1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("change", "place", "value"),
    [
        ({"plan": "größer"}, 4, 2.0),
        ({"plan": "never seen"}, 4, -1.0),
        ({"plan": None}, 4, math.nan),
        ({"plan": ...}, 4, math.nan),
        ({"town": None}, 5, 0.0),
        ({"town": ...}, 5, 0.0),
        ({"Monthly Charges": None}, 1, math.nan),
        ({"Monthly Charges": ...}, 1, math.nan),
        ({"income": None}, 2, -7.0),
        ({"income": ...}, 2, -7.0),
        ({"senior": False}, 3, 0.0),
        ({"age": -3.25}, 0, -3.25),
        ({"age": 0.1}, 0, struct.unpack("f", struct.pack("f", 0.1))[0]),
    ],
)
def test_each_value_is_read_as_the_signature_says(change: dict, place: int, value: float):
    row = {name: cell for name, cell in {**ROW, **change}.items() if cell is not ...}
    assert rows_of(decoded({"instances": [row]}))[0][place] == pytest.approx(value, nan_ok=True, rel=0)


def test_columns_that_the_model_does_not_read_may_come():
    row = {**ROW, "churn": "yes", "id": 17}
    assert rows_of(decoded({"instances": [row, ROW]})) == [[30, 9.5, 1, 1, 1, 1]] * 2


def test_the_columns_layout_keeps_texts_and_fills_in_missing_ones():
    result = decoded({"instances": [ROW, {"age": 1, "senior": False}]}, TEXTS)
    assert result.packed == b""
    assert result.values[0] == (30, 9.5, 1, True, "plus", "Bonn")
    assert result.values[1][3:] == (False, "", "")
    assert math.isnan(result.values[1][1])
    assert result.values[1][2] == -7.0


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**ROW, "age": "30"}, "age"),
        ({**ROW, "age": None}, "age"),
        ({**ROW, "age": True}, "age"),
        ({**ROW, "age": [1]}, "age"),
        ({**ROW, "age": {}}, "age"),
        ({**ROW, "age": 1e39}, "age"),
        ({**ROW, "income": -1e39}, "income"),
        ({**ROW, "Monthly Charges": "x"}, "Monthly Charges"),
        ({**ROW, "senior": 1}, "senior"),
        ({**ROW, "plan": 3}, "plan"),
        ({**ROW, "color": "red"}, "color"),
        ({name: cell for name, cell in ROW.items() if name != "age"}, "age"),
        ({**ROW, "churn": []}, "churn"),
    ],
)
@pytest.mark.parametrize("signature", [MATRIX], ids=["matrix"])
def test_a_row_that_does_not_fit_is_named_with_its_field(row: dict, field: str, signature: Signature):
    problem = refusal({"instances": [ROW, row]}, signature)
    assert (problem["row"], problem["field"]) == (1, field)
    assert field in problem["detail"]


def test_a_misspelt_column_is_told_the_nearest():
    assert "'plan'" in refusal({"instances": [{**ROW, "plann": "x"}]})["detail"]


def test_a_column_that_the_model_does_not_have_is_told_with_what_to_do():
    detail = refusal({"instances": [{**ROW, "zzzzzz": "x"}]})["detail"]
    assert detail.startswith(
        "instances[0], column 'zzzzzz': the model has no such column: leave it out, or send it"
    )
    assert "--id" in detail


def test_a_number_too_large_is_refused_in_the_columns_layout_too():
    problem = refusal({"instances": [{**ROW, "age": 1e39}]}, TEXTS)
    assert problem["field"] == "age"


def test_the_largest_float32_is_still_taken():
    largest = float(np.finfo(np.float32).max)
    for signature in (NUMBERS, TEXTS):
        row = {**ROW, "age": largest} if signature is TEXTS else {"a": largest, "b": -largest, "c": 0}
        assert decoded({"instances": [row]}, signature).rows == 1


MALFORMED = {
    "nothing": b"",
    "a word": b"hello",
    "half an object": b'{"instances":[{"a":1',
    "NaN": b'{"instances":[{"a":NaN,"b":1,"c":1}]}',
    "Infinity": b'{"instances":[{"a":Infinity,"b":1,"c":1}]}',
    "1e999": b'{"instances":[{"a":1e999,"b":1,"c":1}]}',
    "six thousand digits": b'{"instances":[{"a":' + b"9" * 6000 + b',"b":1,"c":1}]}',
    "a byte order mark": b'\xef\xbb\xbf{"instances":[]}',
    "UTF-16": '{"instances":[]}'.encode("utf-16"),
    "bytes that are not UTF-8": b'{"instances":[{"a":1,"b":1,"c":1}],"ids":["\xff"]}',
    "a lone surrogate": b'{"instances":[{"a":1,"b":1,"c":1}],"ids":["\\ud800"]}',
    "a lone surrogate as a name": b'{"instances":[{"\\udfff":1,"b":1,"c":1}]}',
    "an encoded surrogate": b'{"instances":[{"a":1,"b":1,"c":1}],"ids":["\xed\xa0\x80"]}',
    "deep arrays": b"[" * 100_000,
    "deep arrays within": b'{"instances":' + b"[" * 100_000,
    "deep objects as entities": b'{"instances":[{"a":1,"b":1,"c":1}],"entities":' + b'{"a":' * 50_000,
    "a member twice": b'{"instances":[{"a":1,"b":1,"c":1,"a":2}]}',
    "a member twice, once escaped": b'{"instances":[{"a":1,"b":1,"c":1,"\\u0061":2}]}',
    "instances twice": b'{"instances":[{"a":1,"b":1,"c":1}],"instances":[{"a":1,"b":1,"c":1}]}',
    "two values": b'{"instances":[{"a":1,"b":1,"c":1}]} {}',
    "an array": b"[]",
    "null": b"null",
    "no instances": b"{}",
    "no rows": b'{"instances":[]}',
    "rows that are lists": b'{"instances":[[1,2,3]]}',
    "rows that are null": b'{"instances":[null]}',
    "something else as well": b'{"instances":[{"a":1,"b":1,"c":1}],"model":"x"}',
    "too few ids": b'{"instances":[{"a":1,"b":1,"c":1}],"ids":[]}',
    "an id that is a number": b'{"instances":[{"a":1,"b":1,"c":1}],"ids":[1]}',
    "too many entities": b'{"instances":[{"a":1,"b":1,"c":1}],"entities":[null,null]}',
    "a time without an offset": b'{"instances":[{"a":1,"b":1,"c":1}],"event_time":"2026-01-01T00:00:00"}',
    "probabilities of a number": b'{"instances":[{"a":1,"b":1,"c":1}],"probabilities":true}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_a_request_is_refused_in_one_line(body: bytes):
    problem = refusal(body, NUMBERS)
    assert problem["status"] == 400
    assert "\n" not in problem["detail"]
    assert len(problem["detail"]) < 600


def test_more_rows_than_allowed_are_refused():
    assert refusal({"instances": [{"a": 1, "b": 1, "c": 1}] * 11}, NUMBERS)["code"] == "wrong-row-count"


def test_everything_that_a_caller_may_send_is_taken():
    body = {
        "instances": [ROW],
        "ids": ["order:1"],
        "entities": [{"user": "u:1", "shop": 3}],
        "event_time": "2026-01-01T00:00:00+01:00",
        "probabilities": True,
    }
    assert decoded(body).probabilities


def test_colons_in_texts_are_no_members():
    assert rows_of(decoded({"instances": [{**ROW, "plan": "a:b:c", "id": "x:y"}]}))[0][4] == -1.0


def test_a_member_twice_cannot_hide_behind_an_absent_one():
    body = b'{"instances":[{"age":1,"senior":true,"plan":"basic","plan":"plus"}]}'
    assert refusal(body)["code"] == "duplicate-member"


def test_a_column_that_no_request_can_name_is_refused_with_its_bundle():
    signature = Signature(
        task="regression", target="y", columns=(Column(name='the "best"', kind="number", nullable=False),)
    )
    with pytest.raises(BundleRefused, match="Rename the column"):
        RequestDecoder(signature, max_rows=1)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
names = st.sampled_from([column.name for column in COLUMNS]) | st.text(max_size=8)
rows = st.lists(st.dictionaries(names, scalars | values, max_size=8), max_size=4)
bodies = st.fixed_dictionaries(
    {"instances": rows | values},
    optional={"ids": values, "entities": values, "event_time": values, "probabilities": values},
)
DECODERS = [RequestDecoder(signature, max_rows=3) for signature in (MATRIX, TEXTS)]


@settings(max_examples=120, deadline=None)
@given(bodies | values, st.integers(0, 1))
def test_any_json_is_decoded_or_refused(body: object, which: int):
    try:
        result = DECODERS[which].decode(json.dumps(body).encode())
    except Refused as refused:
        status = json.loads(refused.problem)["status"]
    else:
        status = 200
        assert result.rows == len(body["instances"])
    assert status in (200, 400)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes):
    with pytest.raises(Refused):
        DECODERS[0].decode(body)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-3e38, 3e38), min_size=3, max_size=3), st.data())
def test_numbers_arrive_as_numpy_would_read_them(numbers: list[float], data: st.DataObject):
    order = data.draw(st.permutations("abc"))
    body = json.dumps({"instances": [{name: numbers["abc".index(name)] for name in order}]}).encode()
    packed = RequestDecoder(NUMBERS, max_rows=1).decode(body).packed
    assert np.array_equal(np.frombuffer(packed, "<f4"), np.array(numbers, dtype=np.float32))


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2600-01-01T00:00:00Z",
        "0001-01-01T00:00:00+12:00",
    ],
)
def test_an_event_time_that_the_ledger_cannot_keep_is_named(moment: str):
    with pytest.raises(Refused, match="event_time") as caught:
        decoded({"instances": [{"a": 1, "b": 1, "c": 1}], "event_time": moment}, NUMBERS)
    assert (caught.value.status, caught.value.more) == (400, {"field": "event_time"})


@pytest.mark.parametrize("moment", ["1678-01-01T00:00:00Z", "2261-12-31T23:59:59Z"])
def test_an_event_time_in_the_years_that_it_can_keep_is_taken(moment: str):
    assert decoded({"instances": [{"a": 1, "b": 1, "c": 1}], "event_time": moment}, NUMBERS).rows == 1
