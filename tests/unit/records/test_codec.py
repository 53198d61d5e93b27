"""Records come back from JSON as they went; what is not theirs is refused."""

import hashlib
import inspect
import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everloop.errors import InvalidData, StoredFormatUnknown
from everloop.records.actor import Actor
from everloop.records.codec import digest_of, from_document, from_json, to_document, to_json
from everloop.records.endpoint import VersionRef
from everloop.records.routes import Route, RouteTable

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A small stored record."""

    FORMAT: ClassVar[str] = "everloop.note/1"

    text: str
    scores: dict[str, float] = field(default_factory=dict)


@quick
@given(data=st.data())
def test_a_record_survives_json(stored, any_record, data):
    record = data.draw(any_record(stored))
    assert from_json(stored, to_json(record)) == record


@quick
@given(data=st.data())
def test_a_record_survives_as_a_document_in_any_json_library(stored, any_record, data):
    record = data.draw(any_record(stored))
    document = json.loads(json.dumps(to_document(record), allow_nan=False))
    assert from_document(stored, document) == record


def test_every_format_names_its_thing_and_version(stored):
    assert re.fullmatch(r"everloop\.[a-z-]+/[1-9][0-9]*", stored.FORMAT)


def test_a_stored_record_cannot_be_changed(stored):
    assert stored.__dataclass_params__.frozen
    assert "__dict__" not in dir(stored)


def test_a_stored_record_takes_its_fields_by_name_only(stored):
    kinds = {p.kind for p in inspect.signature(stored).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


def test_equal_records_give_equal_bytes_whatever_the_order_of_their_keys():
    one = Note(text="a", scores={"x": 1.0, "y": 2.0})
    other = Note(text="a", scores={"y": 2.0, "x": 1.0})
    assert to_json(one) == to_json(other)


def test_the_format_comes_first_in_a_document():
    assert next(iter(to_document(Note(text="a")))) == "format"


def test_a_field_that_an_older_writer_did_not_know_takes_its_default():
    assert from_json(Note, b'{"format": "everloop.note/1", "text": "a"}') == Note(text="a")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"{}",
        b'{"text": "a"}',  # no format
        b'{"format": "everloop.note/2", "text": "a"}',  # a newer one
        b'{"format": "everloop.run/1", "text": "a"}',  # another thing
        b'{"format": 1, "text": "a"}',
        b'{"format": "everloop.note/1"}',  # a field is missing
        b'{"format": "everloop.note/1", "text": 5}',  # a field of the wrong type
        b'{"format": "everloop.note/1", "text": "\xff"}',  # not UTF-8
        b'{"format": "everloop.note/1", "text": "a"',  # cut short
        b"[" * 100_000,  # deep
    ],
)
def test_anything_else_is_refused_in_one_line(data):
    with pytest.raises(StoredFormatUnknown) as caught:
        from_json(Note, data)
    assert "everloop.note/1" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_cannot_hold_is_refused_when_it_is_written(number):
    with pytest.raises(InvalidData, match=r"everloop\.note/1.*scores\.auc"):
        to_json(Note(text="a", scores={"auc": number}))


def test_a_digest_is_the_sha256_in_hexadecimal():
    assert digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()
    assert digest_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_actor_reads_as_its_kind_and_name():
    assert str(Actor(kind="person", name="ada")) == "person:ada"


def test_a_version_reads_as_people_write_it():
    assert str(VersionRef(model="churn", number=3)) == "churn@3"


def test_a_table_knows_its_routes_by_endpoint():
    route = Route(endpoint="churn", salt="s", variants=())
    table = RouteTable(number=1, published_at=datetime(2026, 3, 1, tzinfo=UTC), routes=(route,))
    assert (table.route("churn"), table.route("other")) == (route, None)
