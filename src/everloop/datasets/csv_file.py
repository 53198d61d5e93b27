"""CSV and TSV files, gzipped or not, as typed tables; what is wrong in one is named by its line."""

import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from everloop.datasets.csv_cells import read_cells
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
    texts = read_cells(data, delimiter, path.name)
    _check_names(texts.column_names, path)
    with ThreadPoolExecutor(pa.cpu_count()) as threads:
        table = pa.table(list(threads.map(typed, texts.columns)), names=texts.column_names)
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
