import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_iris

from everloop.datasets import digest as digest_module
from everloop.datasets.append import written
from everloop.datasets.content import read
from everloop.datasets.versions import names, newest, version_of, versions
from everloop.errors import InvalidData, InvalidName, NotFound, SchemaMismatch

ROWS = pa.table({"n": [1, 2], "colour": ["red", "blue"]})
MORE = pa.table({"n": [3], "colour": ["red"]})


def stopped_before_the_record(shelf, rows, key):
    """An append whose rows reach the table, and whose version never reaches the metadata."""
    written(shelf.metadata, shelf.tables, dataset="d", rows=rows, key=key, clock=shelf.clock)


def content(shelf, version):
    return read(shelf.tables, version)["n"].to_pylist()


def test_the_first_append_makes_version_1(shelf):
    version = shelf.append(ROWS, note="the start")
    assert (version.dataset, version.number, version.rows, version.added) == ("d", 1, 2, 2)
    assert (version.note, version.created_at) == ("the start", shelf.clock.now())
    assert [(f.name, f.type) for f in version.fields] == [("n", "integer"), ("colour", "text")]
    assert read(shelf.tables, version).equals(ROWS)


def test_a_real_frame_comes_back_as_it_was(shelf):
    frame = load_iris(as_frame=True).frame
    version = shelf.append(frame)
    assert read(shelf.tables, version).to_pandas().equals(frame)


def test_later_versions_hold_the_earlier_rows_and_each_can_be_read(shelf):
    first, second = shelf.append(ROWS), shelf.append(MORE)
    assert (second.number, second.rows, second.added) == (2, 3, 1)
    assert content(shelf, second) == [1, 2, 3]
    assert content(shelf, first) == [1, 2]


def test_columns_can_be_chosen(shelf):
    version = shelf.append(ROWS)
    assert read(shelf.tables, version, ["colour"]).column_names == ["colour"]
    with pytest.raises(NotFound, match="has no column 'size'"):
        read(shelf.tables, version, ["size"])


def test_rows_that_do_not_fit_add_nothing(shelf):
    version = shelf.append(ROWS)
    with pytest.raises(SchemaMismatch):
        shelf.append(pa.table({"n": ["x"], "colour": ["red"]}))
    with shelf.metadata.transaction() as transaction:
        assert newest(transaction, "d") == version
    assert shelf.tables.snapshot("datasets/d").version == version.table_version


def test_a_repeated_key_answers_the_version_that_it_made(shelf):
    first = shelf.append(ROWS, key="a")
    shelf.append(MORE, key="b")
    assert shelf.append(ROWS, key="a") == first
    with shelf.metadata.transaction() as transaction:
        assert len(versions(transaction, "d")) == 2


def test_no_rows_make_no_version(shelf):
    version = shelf.append(ROWS)
    assert shelf.append(ROWS.slice(0, 0)) == version
    with pytest.raises(InvalidData, match="There are no rows"):
        shelf.append(ROWS.slice(0, 0), dataset="other")


def test_new_categories_are_refused_until_they_are_allowed(shelf):
    shelf.append(pa.table({"colour": ["red", "blue"] * 20}))
    green = pa.table({"colour": ["green"]})
    with pytest.raises(SchemaMismatch, match="new_categories=True"):
        shelf.append(green)
    assert shelf.append(green, new_categories=True).fields[0].categories == ("blue", "green", "red")
    shelf.append(green)


def test_equal_rows_have_equal_digests_however_they_were_appended(shelf, monkeypatch):
    monkeypatch.setattr(digest_module, "BLOCK", 16)
    frame = load_iris(as_frame=True).frame
    at_once = shelf.append(frame, dataset="at-once")
    for start, end in ((0, 7), (7, 16), (16, 16), (16, 100), (100, 150)):
        if end > start:
            last = shelf.append(frame.iloc[start:end], dataset="in-parts")
    assert last.digest == at_once.digest


def test_rows_that_no_version_names_are_taken_out_by_the_next_append(shelf):
    shelf.append(ROWS)
    stopped_before_the_record(shelf, MORE, "lost")
    version = shelf.append(pa.table({"n": [9], "colour": ["blue"]}))
    assert content(shelf, version) == [1, 2, 9]
    assert version.number == 2


def test_the_same_append_tried_again_becomes_its_version(shelf):
    shelf.append(ROWS)
    stopped_before_the_record(shelf, MORE, "again")
    before = shelf.tables.snapshot("datasets/d").version
    version = shelf.append(MORE, key="again")
    assert content(shelf, version) == [1, 2, 3]
    assert version.table_version == before  # nothing was written twice


def test_an_append_that_was_taken_out_can_still_be_made(shelf):
    shelf.append(ROWS)
    stopped_before_the_record(shelf, MORE, "late")
    shelf.append(pa.table({"n": [9], "colour": ["blue"]}))
    assert content(shelf, shelf.append(MORE, key="late")) == [1, 2, 9, 3]


def test_a_stopped_first_append_leaves_no_schema_behind(shelf):
    stopped_before_the_record(shelf, ROWS, "first")
    with shelf.metadata.transaction() as transaction:
        assert names(transaction) == []
    version = shelf.append(pa.table({"n": ["now a text"]}))
    assert read(shelf.tables, version).to_pydict() == {"n": ["now a text"]}


@pytest.mark.parametrize("others", [[7], [7, 8]])
def test_other_rows_under_the_key_of_a_stopped_append_replace_it(shelf, others):
    shelf.append(ROWS)
    stopped_before_the_record(shelf, MORE, "same")
    version = shelf.append(pa.table({"n": others, "colour": ["red"] * len(others)}), key="same")
    assert content(shelf, version) == [1, 2, *others]


@pytest.mark.parametrize("columns", [["size"], ["n", "size"], ["n", "colour", "size"]])
def test_other_columns_under_the_key_of_a_stopped_first_append_replace_it(shelf, columns):
    stopped_before_the_record(shelf, ROWS, "same")
    rows = ROWS.append_column("size", pa.array([0.5, 1.5])).select(columns)
    assert read(shelf.tables, shelf.append(rows, key="same")).equals(rows)
    assert read(shelf.tables, shelf.append(rows)).equals(pa.concat_tables([rows, rows]))


def test_many_small_appends_keep_their_order_while_files_are_merged(shelf):
    parts = [shelf.append(pa.table({"n": [number]})) for number in range(40)]
    assert content(shelf, parts[-1]) == list(range(40))
    assert content(shelf, parts[10]) == list(range(11))
    assert parts[-1].digest == shelf.append(pa.table({"n": range(40)}), dataset="at-once").digest


def test_merged_files_are_no_new_version(shelf):
    version = shelf.append(ROWS)
    shelf.tables.append("datasets/d", ROWS.slice(0, 0))  # a commit without rows, as merging makes
    after = shelf.append(MORE)
    assert after.number == version.number + 1
    assert content(shelf, after) == [1, 2, 3]


def test_versions_are_listed_and_found(shelf):
    first, second = shelf.append(ROWS), shelf.append(MORE)
    shelf.append(ROWS, dataset="another")
    with shelf.metadata.transaction() as transaction:
        assert names(transaction) == ["another", "d"]
        assert versions(transaction, "d") == [first, second]
        assert version_of(transaction, "d") == second
        assert version_of(transaction, "d", 1) == first
        with pytest.raises(NotFound, match="It has 1 to 2"):
            version_of(transaction, "d", 3)
        with pytest.raises(NotFound, match="Datasets: another, d"):
            version_of(transaction, "e")


def test_a_name_that_could_be_a_path_is_refused(shelf):
    with pytest.raises(InvalidName):
        shelf.append(ROWS, dataset="../d")


def test_pandas_makes_numbers_of_whole_ones_with_gaps_and_they_fit(shelf):
    shelf.append(pd.DataFrame({"n": [1, 2]}))
    version = shelf.append(pd.DataFrame({"n": [3.0, None]}))
    assert content(shelf, version) == [1, 2, 3, None]
