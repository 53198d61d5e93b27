import hashlib
import json
import struct

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.datasets import digest as module
from everloop.datasets.accept import to_arrow
from everloop.datasets.digest import EMPTY, extended
from everloop.datasets.schema import infer_fields


def digest(rows):
    table = to_arrow(rows)
    return extended(EMPTY, table, infer_fields(table)).digest


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 4)


BASE = pa.table({"n": [1, 2, None], "x": [0.5, None, 1.5], "t": ["a", None, "ü"], "ok": [True, False, None]})


def test_it_is_the_hash_that_the_module_describes():
    """By hand: one column of two integers, the second missing, in one block that is not full."""
    column = hashlib.sha256(bytes([0b01]) + struct.pack("<qq", 7, 0)).digest()
    block = hashlib.sha256(struct.pack("<I", 2) + column).digest()
    schema = json.dumps([["n", "integer"]]).encode()
    whole = hashlib.sha256(b"everloop.content/1\0" + schema + block + struct.pack("<Q", 2))
    assert digest(pa.table({"n": [7, None]})) == whole.hexdigest()


@pytest.mark.parametrize(
    "same",
    [
        pa.concat_tables([BASE.slice(0, 1), BASE.slice(1)]),
        pa.concat_tables([BASE, BASE]).slice(3),
        BASE.set_column(2, "t", BASE["t"].cast(pa.large_string())),
        BASE.set_column(2, "t", BASE["t"].dictionary_encode()),
        BASE.set_column(0, "n", BASE["n"].cast(pa.int16())),
        BASE.set_column(1, "x", pa.array([0.5, float("nan"), 1.5])),
        BASE.replace_schema_metadata({"made": "elsewhere"}),
        BASE.to_pandas(types_mapper=pd.ArrowDtype),
        pd.DataFrame(
            {
                "n": pd.array([1, 2, None], "Int64"),
                "x": [0.5, None, 1.5],
                "t": pd.Series(["a", None, "ü"], dtype=object),
                "ok": pd.array([True, False, None], "boolean"),
            }
        ),
    ],
    ids=["chunks", "slice", "large", "codes", "narrow", "nan", "metadata", "arrow-frame", "object-frame"],
)
def test_how_the_rows_are_held_does_not_matter(same):
    assert digest(same) == digest(BASE)


@pytest.mark.parametrize(
    "other",
    [
        BASE.slice(0, 2),
        BASE.take([1, 0, 2]),
        BASE.rename_columns(["m", "x", "t", "ok"]),
        BASE.select(["x", "n", "t", "ok"]),
        BASE.set_column(0, "n", pa.array([1, 2, 0])),
        BASE.set_column(0, "n", pa.array([1.0, 2.0, None])),
        BASE.set_column(2, "t", pa.array(["a", "", "ü"])),
        BASE.set_column(2, "t", pa.array(["", None, "aü"])),
        BASE.set_column(3, "ok", pa.array([True, False, False])),
    ],
    ids=["fewer", "order", "name", "columns", "null-0", "type", "null-empty", "shifted", "null-false"],
)
def test_what_the_rows_say_does_matter(other):
    assert digest(other) != digest(BASE)


def test_texts_that_run_together_differ():
    assert digest(pa.table({"t": ["ab", "c"]})) != digest(pa.table({"t": ["a", "bc"]}))


ROWS = st.lists(
    st.tuples(st.none() | st.integers(0, 3), st.none() | st.text("ab", max_size=2)), min_size=1, max_size=20
)


def table(rows):
    numbers, texts = zip(*rows, strict=True)
    return pa.table({"n": pa.array(numbers, pa.int64()), "t": pa.array(texts, pa.string())})


@settings(deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 20)))
def test_equal_content_has_equal_digests_however_it_was_appended(rows, cuts):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "BLOCK", 4)
        whole = table(rows)
        fields = infer_fields(whole)
        at_once = extended(EMPTY, whole, fields)
        state = EMPTY
        ends = [*sorted({cut for cut in cuts if 0 < cut < len(rows)}), len(rows)]
        for end in ends:
            start = state.rows - state.tail
            state = extended(state, whole.slice(start, end - start), fields)
    assert state == at_once


@settings(deadline=None)
@given(one=ROWS, other=ROWS)
def test_different_content_has_different_digests(one, other):
    assert (digest(table(one)) == digest(table(other))) == (one == other)


def test_only_the_last_block_is_hashed_again(small_blocks):
    rows = pa.table({"n": range(10)})
    state = extended(EMPTY, rows, infer_fields(rows))
    assert (state.rows, state.tail) == (10, 2)


def test_an_empty_table_has_a_digest_of_its_columns():
    assert digest(BASE.slice(0, 0)) != digest(pa.table({"n": pa.array([], pa.int64())}))
