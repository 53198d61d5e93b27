"""`everloop predict` and `everloop outcomes`: files to the data plane and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.show import AsJson, Folder, printable, show_json
from everloop.errors import InvalidData

if TYPE_CHECKING:
    from everloop.workspace.data_plane import Answer

SHOWN = 10  # rows printed where no file is asked for


def predict(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    rows: Annotated[str, typer.Argument(help="A CSV or Parquet file.")],
    out: Annotated[
        str, typer.Option("--out", help="Write id, prediction and variant of each row to this CSV.")
    ] = "",
    key: Annotated[str, typer.Option("--key", help="Keeps a caller with one variant.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Answer the rows of a file over HTTP. Keep the ids: outcomes come back by them."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        answer = workspace.endpoint(endpoint).predict(rows, key=key)
    if out:
        _write(answer, Path(out))
    if as_json:
        show_json(answer)
        return
    typer.echo(
        f"{len(answer)} rows answered by {answer.variant or 'nobody'}." + (f" Wrote {out}." if out else "")
    )
    if not out:
        for row in range(min(SHOWN, len(answer))):
            typer.echo(f"{answer.ids[row]}  {answer.values[row]}")
        if len(answer) > SHOWN:
            typer.echo(f"... and {len(answer) - SHOWN} more; keep them all with --out FILE.")


def outcomes(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    truth: Annotated[
        str, typer.Argument(help="A CSV or Parquet file: a column `id`, and one for each outcome.")
    ],
    only: Annotated[
        str, typer.Option("--only", help="The one column to send, of a file that has others too.")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="From whom.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Send what became of predictions. Sending a file again changes nothing."""
    from everloop.datasets.accept import to_arrow
    from everloop.workspace.open import open

    table = to_arrow(truth)
    names = [name for name in table.column_names if name not in {"id", "happened_at"}]
    names = [name for name in names if name == only] if only else names
    if "id" not in table.column_names or not names:
        raise InvalidData(
            f"{truth} needs a column `id` and one named like the outcome, such as `{only or 'Churn'}`."
        )
    times = table["happened_at"].to_pylist() if "happened_at" in table.column_names else None
    sent = {}
    with open(folder, create=False) as workspace:
        handle = workspace.endpoint(endpoint)
        for name in names:
            known = [
                (i, v, times[n] if times else None)
                for n, (i, v) in enumerate(zip(table["id"].to_pylist(), table[name].to_pylist(), strict=True))
                if v is not None
            ]
            ids, values, when = zip(*known, strict=True) if known else ((), (), ())
            sent[name] = handle.outcomes(
                name, [str(i) for i in ids], values, happened_at=when if times else None, source=source
            )
    doubts = [doubt for taken in sent.values() for doubt in taken.not_counted]
    if as_json:
        accepted = {name: taken.accepted for name, taken in sent.items()}
        show_json({"accepted": accepted, "not_counted": doubts})
        return
    told = ", ".join(f"{taken.accepted} outcomes `{name}`" for name, taken in sent.items())
    typer.echo(f"{told} taken. Those of unknown ids are counted by: everloop ledger {endpoint}")
    for doubt in doubts:
        typer.echo(printable(f"everloop: note: {doubt}"), err=True)


def _write(answer: "Answer", path: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    columns = {"id": answer.ids, "prediction": answer.values, "variant": answer.variants}
    try:
        pa_csv.write_csv(pa.table({name: list(values) for name, values in columns.items()}), path)
    except OSError as error:
        raise InvalidData(f"{path} cannot be written: {error}.") from error
