"""Every stored record class, and strategies that make any of their values."""

import importlib
import pkgutil
import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import strategies as st

import everloop.records

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS: dict[object, st.SearchStrategy] = {
    str: TEXT,
    int: INTEGERS,
    float: NUMBERS,
    bool: st.booleans(),
    bytes: st.binary(max_size=12),
    type(None): st.none(),
    datetime: st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5))])),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=36_500)),
    object: st.recursive(
        st.none() | st.booleans() | INTEGERS | NUMBERS | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=5,
    ),
}


def stored_classes() -> list[type]:
    """The dataclasses of `everloop.records` that name a format."""
    found = {}
    for module in pkgutil.iter_modules(everloop.records.__path__, "everloop.records."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and hasattr(value, "FORMAT"):
                found[value.FORMAT] = value
    return [found[name] for name in sorted(found)]


def any_of(kind: object) -> st.SearchStrategy:
    """Any value of a field's type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{f.name: any_of(hints[f.name]) for f in fields(kind)})
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([any_of(part) for part in arguments])
    if origin is tuple:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(TEXT, any_of(arguments[1]), max_size=3)
    return SCALARS[kind]


@pytest.fixture(scope="session")
def any_record() -> Callable[[type], st.SearchStrategy]:
    """Gives a strategy for the records of a class."""
    return any_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `stored` once for every stored class."""
    if "stored" in metafunc.fixturenames:
        classes = stored_classes()
        metafunc.parametrize("stored", classes, ids=[c.__name__ for c in classes])
