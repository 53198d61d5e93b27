"""How commands speak: a table or a line for people, one JSON value with `--json`."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
import typer

from everloop.errors import EverloopError, SettingsError

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON value.")]
Folder = Annotated[str, typer.Option("--folder", help="The project's folder.", show_default="this one")]


def show_json(value: object) -> None:
    """One JSON value on standard output."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows in aligned columns, or the sentence `empty` where there are none."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    if not cells:
        typer.echo(empty)
        return
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    for line in [list(columns), *cells]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def printable(text: str) -> str:
    """Text that cannot move the cursor or colour the screen: control characters are shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def complain(error: EverloopError, *, as_json: bool) -> int:
    """Say what went wrong in one line on standard error; answers the exit code."""
    if as_json:
        problem = {"code": error.code, "message": error.message, "remedy": error.remedy}
        sys.stderr.write(msgspec.json.encode({"error": problem}).decode() + "\n")
    else:
        sys.stderr.write(f"everloop: {printable(' '.join(str(error).split()))}\n")
    return 2 if isinstance(error, SettingsError) else 1
