"""`everloop audit`: what people are to tell the truth of."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, show_json, show_table
from everloop.errors import InvalidData

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 20  # rows, where no file is asked for


def audit(
    endpoint: Endpoint = "",
    out: Annotated[str, typer.Option("--out", help="Write them to this CSV, with a column to fill in.")] = "",
    newest: Annotated[int, typer.Option("--newest", min=1, help="At most so many.")] = 1000,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Answers of the standing random audit that still lack their truth. Send it with `everloop outcomes`."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        name = endpoint_meant(workspace, endpoint)
        rows = workspace.endpoint(name).audit(newest)
    if out:
        _write(rows, Path(out))
    if as_json:
        show_json(rows.to_pylist())
        return
    outcome = rows.column_names[2]
    if out:
        typer.echo(
            f"{rows.num_rows} answers without a truth in {out}. Fill in `{outcome}`, then: "
            f"everloop outcomes {name} {out}"
        )
        return
    columns = [c for c in rows.column_names if c != outcome]
    shown = rows.select(columns).slice(0, SHOWN)
    show_table(
        columns,
        [list(row.values()) for row in shown.to_pylist()],
        empty="Every audited answer has its truth.",
    )
    if rows.num_rows > SHOWN:
        typer.echo(f"... and {rows.num_rows - SHOWN} more; all of them with --out FILE.")


def _write(rows: "pa.Table", path: Path) -> None:
    import pyarrow.csv as pa_csv

    try:
        pa_csv.write_csv(rows, path)
    except OSError as error:
        raise InvalidData(f"{path} cannot be written: {error}.") from error
