import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.column_names import (
    original_name,
    storable_names,
    with_original_names,
    with_storable_names,
)

names = st.lists(st.text("aAbB~0é", min_size=1, max_size=4), unique=True)


@settings(deadline=None)
@given(names, names)
def test_stored_names_differ_without_capitals_and_give_the_originals_back(first, second):
    stored = storable_names(first, [])
    more = [name for name in storable_names(second, stored) if name not in stored]
    everything = [*stored, *more]
    assert len({name.casefold() for name in everything}) == len(everything)
    assert [original_name(name) for name in stored] == first
    assert {original_name(name) for name in everything} == {*first, *second}


@settings(deadline=None)
@given(names)
def test_a_name_is_stored_the_same_way_the_next_time(given_names):
    stored = storable_names(given_names, [])
    assert storable_names(given_names, stored) == stored


def test_a_name_that_only_looks_suffixed_is_left_alone():
    assert original_name("number.size~00000000") == "number.size~00000000"


def test_tables_are_renamed_there_and_back():
    rows = pa.table({"number.Age": [1.0], "number.age": [2.0]})
    stored = with_storable_names(rows, ["number.age"])
    assert stored.column_names[1] == "number.age"
    assert with_original_names(stored).equals(rows)
