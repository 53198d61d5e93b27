"""Where in the user's own file or table a row is, in words."""

from dataclasses import dataclass

import pyarrow as pa

from everloop.datasets.csv_file import FILE, FIRST_LINE


@dataclass(frozen=True)
class Place:
    """Of the rows of one table, counted from 0; None is a list of rows."""

    rows: pa.Table | None

    def __call__(self, index: int) -> str:
        """One of them: its number from 1, and its line where each row is one line of a file."""
        noted = (self.rows.schema.metadata if self.rows is not None else None) or {}
        row = f"row {index + 1:,}"
        if FIRST_LINE not in noted:
            return row
        return f"{row} (line {index + int(noted[FIRST_LINE]):,} of {noted.get(FILE, b'the file').decode()})"
