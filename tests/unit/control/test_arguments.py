import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.control.arguments import arguments
from everloop.errors import InvalidRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A record in a record."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Every kind of field that a request has."""

    name: str
    number: int = 0
    share: float = 0.5
    is_sure: bool = False
    at: datetime | None = None
    state: Literal["new", "old"] = "new"
    inner: Inner | None = None
    tags: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)


def asked(body: bytes | None = None, *query: tuple[str, str], **path: str) -> Asked:
    return arguments(Asked, path=path, query=query, body=body)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("number", "3", 3),
        ("number", "-3", -3),
        ("share", "0.25", 0.25),
        ("share", "1", 1.0),
        ("is_sure", "true", True),
        ("is_sure", "0", False),
        ("at", "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("state", "old", "old"),
        ("name", "3", "3"),
        ("name", "", ""),
    ],
)
def test_a_text_becomes_what_the_field_asks_for(name, text, value):
    path = {name: text} if name == "name" else {"name": "n", name: text}
    assert getattr(asked(None, **path), name) == value
    if name != "name":
        assert getattr(asked(None, (name, text), name="n"), name) == value


def test_path_and_body_make_one_record():
    body = b'{"number": 3, "inner": {"name": "i"}, "tags": ["a"], "metrics": {"m": 1}}'
    expected = Asked(name="n", number=3, inner=Inner(name="i"), tags=("a",), metrics={"m": 1.0})
    assert asked(body, name="n") == expected


@pytest.mark.parametrize(
    ("body", "query", "says"),
    [
        (b'{"nmber": 1}', (), "Did you mean `number`"),
        (b'{"zzz": 1}', (), "Known: name, number"),
        (b'{"name": "m"}', (), "`name` is given twice"),
        (b'{"inner": {"nam": "i"}}', (), "inner"),
        (b'{"at": "yesterday"}', (), "at"),
        (b'{"state": "odd"}', (), "state"),
        (b"", (("number", "three"),), "`number` = 'three'"),
        (b"", (("number", "9" * 30),), "64 bits"),
        (b"", (("at", "2026-03-31"),), "`at` = '2026-03-31'"),
        (b"", (("number", "1"), ("number", "2")), "given twice"),
        (b"", (("inner", "i"),), "`inner`"),
        (b'{"tags": [[[1]]]}', (), "tags"),
        (b'{"metrics": {"m": 36893488147419103232}}', (), "64 bits"),
        (b'"n"', (), "not a JSON object"),
        (b"\x00", (), "not a JSON object"),
    ],
)
def test_what_does_not_fit_is_named(body, query, says):
    with pytest.raises(InvalidRequest) as refused:
        asked(body, *query, name="n")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_missing_is_named():
    with pytest.raises(InvalidRequest, match="name"):
        asked(b"{}")


def test_depth_is_refused_before_it_hurts():
    with pytest.raises(InvalidRequest, match="not a JSON object"):
        asked(b'{"tags": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", name="n")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_an_invalid_request(body):
    with contextlib.suppress(InvalidRequest):
        assert isinstance(asked(body, name="n"), Asked)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["number", "share", "is_sure", "at", "state", "inner", "tags", "metrics"]) | st.text(
    max_size=8
)


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_any_json_is_a_record_or_an_invalid_request(values):
    with contextlib.suppress(InvalidRequest, UnicodeEncodeError):  # a lone surrogate has no bytes
        asked(msgspec.json.encode(values), name="n")


@given(NAMES, st.text(max_size=30))
def test_any_text_is_a_record_or_an_invalid_request(name, text):
    with contextlib.suppress(InvalidRequest):
        asked(None, (name, text), name="n")
