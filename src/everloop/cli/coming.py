"""Answers as they come: kept, written to a file and counted on the terminal, so that an error later loses none."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.cli.progress_line import ProgressLine
from everloop.errors import EverloopError, InvalidData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everloop.records.signature import Label
    from everloop.workspace.data_plane import Answer


class Coming:
    """The watch of one `everloop predict`. `out` is the file, `own` the column with the caller's ids, or ""."""

    def __init__(self, out: str, own: str, from_row: int) -> None:
        self._out = out
        self._own = own
        self._done = self._from_row = from_row
        self._parts: list[Answer] = []
        self._rows = 0
        self._line = ProgressLine()

    def __call__(self, part: "Answer", rows: int) -> None:
        """Take the answers of one request, of a table of so many rows. Raises InvalidData for a file that cannot be."""
        if self._out:
            self._write(part)
        self._parts.append(part)
        self._done, self._rows = self._done + len(part), rows
        self._line.show(f"{self._done:>6,} of {rows:,} rows answered")

    def answer(self) -> "Answer":
        """All that came so far."""
        from everloop.workspace.data_plane import joined

        self._line.clear()
        return joined(self._parts)

    def cut_short(self, error: EverloopError) -> EverloopError:
        """The error, with what was answered before it and how to go on; as it is where nothing was."""
        self._line.clear()
        if not self._parts:
            return error
        where = f", in {self._out}" if self._out else ""
        answered = (
            f"{self._done - self._from_row:,} of {self._rows - self._from_row:,} rows are answered{where}"
        )
        another = " and another --out FILE" if self._out else ""
        rest = f"Then answer the rest: the same command with --from-row {self._done}{another}."
        return type(error)(f"{answered}; {error.message}", remedy=f"{error.remedy} {rest}".strip())

    def _write(self, part: "Answer") -> None:
        """Add the part to the file, which its first one makes anew."""
        import pyarrow as pa
        import pyarrow.csv as pa_csv

        columns: dict[str, Sequence[Label]] = {self._own: part.own_ids} if self._own else {}
        columns |= {"id": part.ids, "prediction": part.values, "variant": part.variants}
        table = pa.table({name: list(values) for name, values in columns.items()})
        text = io.BytesIO()
        pa_csv.write_csv(table, text, pa_csv.WriteOptions(include_header=not self._parts))
        try:
            with Path(self._out).open("ab" if self._parts else "wb") as file:
                file.write(text.getvalue())
        except OSError as error:
            raise InvalidData(f"{self._out} cannot be written: {error}.") from error
