"""The cells of a CSV file as they stand in it, and the line of a row that has too many or too few."""

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from everloop.errors import InvalidData

_BLOCK = 1 << 24  # bytes that a thread parses at a time


def read_cells(data: bytes, delimiter: str, name: str) -> pa.Table:
    """Every cell as text, under the names of the first line; raises InvalidData for a ragged row.

    `name` is the file's, for the error. A second pass, over one thread, finds the row.
    """
    breaks = has_quoted_line_breaks(data)
    for threads in (True, False):
        ragged: list[pa_csv.InvalidRow] = []

        def note(row: Any, seen: list[Any] = ragged) -> Literal["error"]:  # noqa: ANN401 - an InvalidRow
            seen.append(row)
            return "error"

        parsing = pa_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=breaks, invalid_row_handler=note
        )
        try:
            return _parsed(data, parsing, threads=threads)
        except pa.ArrowInvalid as error:
            problem = error
        if ragged and not threads:
            row = ragged[0]
            raise InvalidData(
                f"{name}, {_place(row, data)}: {row.actual_columns} cells where the first line has "
                f"{row.expected_columns}.",
                remedy="Mend the line, or put cells that hold the separator in double quotes.",
            ) from problem
    said = str(problem).splitlines()[0].removeprefix("CSV parse error: ").rstrip(".")
    raise InvalidData(f"{name} is no table: {said}.") from problem


def has_quoted_line_breaks(data: bytes) -> bool:
    """Whether a line break stands between double quotes: then rows are no lines, and parse in one thread only.

    >>> has_quoted_line_breaks(b'a,b\\n"1, 2",3\\n')
    False
    >>> has_quoted_line_breaks(b'a,b\\n"1\\n2",3\\n')
    True
    """
    if b'"' not in data:
        return False
    inside = 0
    for start in range(0, len(data), _BLOCK):
        part = np.frombuffer(data, np.uint8, min(_BLOCK, len(data) - start), start)
        # The sum wraps at 256, which leaves it even or odd.
        open_quotes = (np.cumsum(part == ord('"'), dtype=np.uint8) + np.uint8(inside)) & 1
        if np.any(open_quotes[part == ord("\n")]):
            return True
        inside = int(open_quotes[-1])
    return False


def _parsed(data: bytes, parsing: pa_csv.ParseOptions, *, threads: bool) -> pa.Table:
    source: Any = pa.BufferReader(data)
    glance = pa_csv.ReadOptions(block_size=max(1 << 16, 2 * data.find(b"\n")))
    with pa_csv.open_csv(source, read_options=glance, parse_options=parsing) as beginning:
        as_they_stand = dict.fromkeys(beginning.schema.names, pa.string())
    source.seek(0)
    return pa_csv.read_csv(
        source,
        read_options=pa_csv.ReadOptions(use_threads=threads, block_size=_BLOCK),
        parse_options=parsing,
        convert_options=pa_csv.ConvertOptions(column_types=as_they_stand, strings_can_be_null=False),
    )


def _place(row: Any, data: bytes) -> str:  # noqa: ANN401 - an InvalidRow
    text = row.text.encode()
    if data.count(text) == 1:
        return f"line {data.count(bytes([10]), 0, data.index(text)) + 1}"
    return f"row {row.number}"
