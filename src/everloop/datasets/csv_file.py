"""CSV and TSV files, gzipped or not, as typed tables; what is wrong in one is named by its line."""

import gzip
import re
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from everloop.datasets.text_values import typed
from everloop.errors import InvalidData

LARGEST = 1 << 31  # bytes, unpacked: Arrow's reader takes no more in one piece
FIRST_LINE = b"everloop.first_line"  # in the table's metadata: the line of row 1, if each row is one line
FILE = b"everloop.file"
SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")

_DELIMITERS = (",", ";", "\t", "|")


def read_csv(path: Path) -> pa.Table:
    """The rows of a file whose first line names the columns. Types are those of the whole file (`text_values`).

    It must be UTF-8 (a byte order mark is fine), at most 2 GiB unpacked. Columns are parted by what the first line
    has most of: comma, semicolon, tab or bar; a `.tsv` by tabs. Raises InvalidData with line and remedy.
    """
    data = _unpacked(path)
    _check_encoding(data, path)
    data = data.removeprefix(b"\xef\xbb\xbf")
    header = data[: data.find(b"\n") + 1 or len(data)].decode("utf-8")
    if not header.strip():
        raise InvalidData(f"{path.name}: line 1 is empty.", remedy="Write the columns' names in it.")
    delimiter = "\t" if ".tsv" in path.name else max(_DELIMITERS, key=header.count)
    texts = _texts(data, delimiter, path)
    _check_names(texts.column_names, path)
    table = pa.table([typed(column) for column in texts.columns], names=texts.column_names)
    noted = {FILE: path.name.encode()}
    if data.count(b"\n") - data.endswith(b"\n") == table.num_rows:
        noted[FIRST_LINE] = b"2"
    return table.replace_schema_metadata(noted)


def _unpacked(path: Path) -> bytes:
    try:
        if path.suffix != ".gz":
            size, data = path.stat().st_size, b""
            if size < LARGEST:
                data = path.read_bytes()
        else:
            with gzip.open(path) as file:
                data = file.read(LARGEST)  # no further: a small file may unpack to terabytes
            size = len(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData(f"{path} cannot be read: {error}.") from error
    if size >= LARGEST:
        raise InvalidData(
            f"{path.name} has 2 GiB or more.", remedy="Append it in parts, or write it as Parquet."
        )
    return data


def _check_encoding(data: bytes, path: Path) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidData(f"{path.name} is UTF-16.", remedy="Save it as UTF-8.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidData(
            f"{path.name}, line {line}: byte {data[error.start]:#04x} is not UTF-8.",
            remedy="Save the file as UTF-8.",
        ) from error
    if b"\x00" in data:
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise InvalidData(f"{path.name}, line {line}: a NUL byte; this is not a text file.")


def _texts(data: bytes, delimiter: str, path: Path) -> pa.Table:
    """Every cell as it stands in the file. A second pass, over one thread, finds the line of a ragged row."""
    for threads in (True, False):
        ragged: list[pa_csv.InvalidRow] = []

        def note(row: Any, seen: list[Any] = ragged) -> str:  # noqa: ANN401 - an InvalidRow
            seen.append(row)
            return "error"

        try:
            return _parsed(data, delimiter, threads=threads, on_ragged=note)
        except pa.ArrowInvalid as error:
            problem = error
        if ragged and not threads:
            row = ragged[0]
            raise InvalidData(
                f"{path.name}, {_line(row, data)}: {row.actual_columns} cells where the first line has "
                f"{row.expected_columns}.",
                remedy="Mend the line, or put cells that hold the separator in double quotes.",
            ) from problem
    raise InvalidData(f"{path.name} is no table: {_first_line_of(problem)}.") from problem


def _parsed(data: bytes, delimiter: str, *, threads: bool, on_ragged: Any) -> pa.Table:  # noqa: ANN401
    parsing = pa_csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=on_ragged
    )
    reading = pa_csv.ReadOptions(use_threads=threads, block_size=1 << 24)
    source: Any = pa.BufferReader(data)
    with pa_csv.open_csv(source, read_options=reading, parse_options=parsing) as first_block:
        as_they_stand = dict.fromkeys(first_block.schema.names, pa.string())
    source.seek(0)
    return pa_csv.read_csv(
        source,
        read_options=reading,
        parse_options=parsing,
        convert_options=pa_csv.ConvertOptions(column_types=as_they_stand, strings_can_be_null=False),
    )


def _line(row: Any, data: bytes) -> str:  # noqa: ANN401 - an InvalidRow
    at = data.find(row.text.encode())
    if at >= 0 and data.count(row.text.encode()) == 1:
        return f"line {data.count(chr(10).encode(), 0, at) + 1}"
    return f"row {row.number}"


def _check_names(names: list[str], path: Path) -> None:
    for place, name in enumerate(names, start=1):
        if not name.strip():
            raise InvalidData(
                f"{path.name}, line 1: column {place} has no name.",
                remedy="Name it; with pandas write the file with `index=False`.",
            )
        if name in names[: place - 1]:
            raise InvalidData(
                f"{path.name}, line 1: columns {names.index(name) + 1} and {place} are both named {name!r}.",
                remedy="Rename or drop one.",
            )


def _first_line_of(error: Exception) -> str:
    return re.sub(r"^CSV parse error: ", "", str(error).splitlines()[0]).rstrip(".")
