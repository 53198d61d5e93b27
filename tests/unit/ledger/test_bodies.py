"""Bodies to columns: JSON's own decoder is the oracle."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.bodies import BodyReader
from everloop.records.signature import Column, Signature

SIGNATURE = Signature(
    task="regression",
    target="y",
    columns=(
        Column(name="size", kind="number", nullable=True),
        Column(name="new", kind="boolean", nullable=True),
        Column(name="the 'colour'", kind="category", nullable=True),
    ),
    ignored=("note",),
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
instances = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "size": st.none()
            | st.integers(-(2**53), 2**53)
            | st.floats(allow_nan=False, allow_infinity=False),
            "new": st.none() | st.booleans(),
            "the 'colour'": st.none() | texts,
            "note": st.none() | texts,
        },
    ),
    min_size=1,
)


@settings(deadline=None)
@given(st.lists(instances, min_size=1, max_size=4))
def test_columns_hold_what_json_says(requests):
    bodies = [json.dumps({"instances": rows}).encode() for rows in requests]
    found = BodyReader(SIGNATURE).read(bodies, [len(rows) for rows in requests])
    rows = [row for request in requests for row in request]
    assert found.columns["number.size"].to_pylist() == [row.get("size") for row in rows]
    assert found.columns["boolean.new"].to_pylist() == [row.get("new") for row in rows]
    assert found.columns["category.the 'colour'"].to_pylist() == [row.get("the 'colour'") for row in rows]
    assert found.columns["ignored.note"].to_pylist() == [row.get("note") for row in rows]
    assert found.unread.to_pylist() == [None] * len(rows)


def test_what_comes_beside_the_instances_belongs_to_its_row():
    body = {
        "instances": [{"size": 1}, {"size": 2}],
        "ids": ["a", "b"],
        "entities": [{"user": "u1", "age": 3}, None],
        "event_time": "2026-01-02T03:04:05+01:00",
    }
    found = BodyReader(SIGNATURE).read([json.dumps(body).encode()], [2])
    assert found.caller_ids.to_pylist() == ["a", "b"]
    assert [e and json.loads(e) for e in found.entities.to_pylist()] == [{"user": "u1", "age": 3}, None]
    moments = found.event_times.to_pylist()
    assert [moment.isoformat() for moment in moments] == ["2026-01-02T02:04:05+00:00"] * 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"instances": [{}]}',
        b'{"instances": [{}, {}], "ids": ["a"]}',
        b"\xff\xfe",
        b'{"instances": [{"size": "\\ud800"}, {}]}',
    ],
)
def test_a_body_that_cannot_be_read_is_kept_with_its_rows(body):
    good = b'{"instances": [{"size": 5}]}'
    found = BodyReader(SIGNATURE).read([good, body, good], [1, 2, 1])
    assert found.columns["number.size"].to_pylist() == [5.0, None, None, 5.0]
    assert found.unread.to_pylist() == [None, body, body, None]


def test_values_of_another_type_cost_only_themselves():
    body = (
        b'{"instances": [{"size": "7", "new": 1, "the \'colour\'": 3, "note": [1, {"a": 2}]}, {"size": 2}]}'
    )
    found = BodyReader(SIGNATURE).read([body], [2])
    values = {name: column.to_pylist() for name, column in found.columns.items()}
    assert values == {
        "number.size": [None, 2.0],
        "boolean.new": [None, None],
        "category.the 'colour'": ["3", None],
        "ignored.note": ['[1,{"a":2}]', None],
    }


def test_no_bodies_give_empty_columns():
    found = BodyReader(SIGNATURE).read([], [])
    assert [len(column) for column in found.columns.values()] == [0, 0, 0, 0]
