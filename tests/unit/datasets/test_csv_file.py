import gzip

import pandas as pd
import pyarrow as pa
import pytest

from everloop.datasets import csv_file
from everloop.datasets.csv_file import read_csv
from everloop.errors import InvalidData


@pytest.fixture
def file(tmp_path):
    def write(text, name="rows.csv"):
        path = tmp_path / name
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def types(table):
    return {field.name: str(field.type) for field in table.schema}


def test_types_are_those_of_the_whole_file_not_of_its_first_rows(file):
    table = read_csv(file("n\n" + "1\n" * 300_000 + "x\n"))
    assert types(table) == {"n": "string"}
    table = read_csv(file("n\n" + "1\n" * 300_000 + "1.5\n"))
    assert types(table) == {"n": "double"}


def test_blank_cells_among_numbers_are_missing(file):
    table = read_csv(file("tenure,charges\n1,29.85\n0, \n0,\n"))
    assert table.to_pydict() == {"tenure": [1, 0, 0], "charges": [29.85, None, None]}


def test_what_pandas_reads_as_missing_is_missing(file):
    cells = ["NA", "NaN", "null", "None", "n/a", "#N/A", "", "<NA>"]
    path = file("id,text\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate([*cells, "word"])))
    ours = read_csv(path)["text"].to_pylist()
    theirs = pd.read_csv(path)["text"]
    assert ours == [None if missing else value for value, missing in zip(theirs, theirs.isna(), strict=True)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a,b\n1,x\n"),
        ("a.csv", "a;b\n1;x\n"),
        ("a.csv", "a|b\n1|x\n"),
        ("a.tsv", "a\tb\n1\tx\n"),
        ("a.csv.gz", "a,b\n1,x\n"),
        ("a.tsv.gz", "a\tb\n1\tx\n"),
        ("a.csv", "\ufeffa,b\n1,x\n"),
        ("a.csv", "a,b\r\n1,x\r\n"),
        ("a.csv", "a,b\n1,x"),
    ],
)
def test_delimiters_marks_line_ends_and_gzip_are_understood(file, name, text):
    assert read_csv(file(text, name)).to_pydict() == {"a": [1], "b": ["x"]}


def test_line_breaks_and_separators_in_quotes_belong_to_the_cell(file):
    table = read_csv(file('a,b\n"one, two","three\nfour"\n"say ""hi""",x\n'))
    assert table.to_pylist() == [{"a": "one, two", "b": "three\nfour"}, {"a": 'say "hi"', "b": "x"}]


def test_the_line_of_the_first_row_is_kept_only_where_each_row_is_one_line(file):
    assert read_csv(file("a\n1\n2\n")).schema.metadata[csv_file.FIRST_LINE] == b"2"
    assert csv_file.FIRST_LINE not in read_csv(file('a\n"1\n2"\n3\n')).schema.metadata


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3\n", "line 3: 1 cells where the first line has 2"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "line 3: 3 cells where the first line has 2"),
        ("a,b\n" + "1,2\n" * 5000 + "3,4,5\n", "line 5002: 3 cells"),
        ("a,,c\n1,2,3\n", "line 1: column 2 has no name"),
        (",a\n0,1\n", "write the file with `index=False`"),
        ("a,b,a\n1,2,3\n", "columns 1 and 3 are both named 'a'"),
        (b"a,b\n1,x\n2,caf\xe9\n", "line 3: byte 0xe9 is not UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16"),
        (b"a,b\n1,\x00\n", "line 2: a NUL byte"),
        ("", "line 1 is empty"),
        ("\n1,2\n", "line 1 is empty"),
    ],
)
def test_what_is_wrong_is_named_on_one_line(file, text, said):
    with pytest.raises(InvalidData) as refusal:
        read_csv(file(text))
    assert said in str(refusal.value)
    assert "rows.csv" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_file_over_the_limit_is_refused_before_it_fills_the_memory(file, monkeypatch, name):
    monkeypatch.setattr(csv_file, "LARGEST", 1000)
    with pytest.raises(InvalidData, match="Append it in parts"):
        read_csv(file("a\n" + "1\n" * 1000, name))


def test_a_damaged_gzip_file_is_refused(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n" * 1000)[:-20])
    with pytest.raises(InvalidData, match="cannot be read"):
        read_csv(path)


def test_a_file_of_names_only_has_no_rows(file):
    table = read_csv(file("a,b\n"))
    assert table.num_rows == 0
    assert table.column_names == ["a", "b"]


def test_wide_tables_keep_their_columns_in_order(file):
    names = [f"c{n}" for n in range(500)]
    table = read_csv(file(",".join(names) + "\n" + ",".join("1" * 500) + "\n"))
    assert table.column_names == names
    assert set(table.schema.types) == {pa.int64()}
