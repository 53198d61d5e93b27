"""`everloop predict` and `everloop outcomes`: files to the data plane and back."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from everloop.cli.show import AsJson, Folder, printable, show_json
from everloop.errors import EverloopError, InvalidData, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from everloop.workspace.data_plane import Answer, NotCounted, Taken
    from everloop.workspace.endpoint import Endpoint

SHOWN = 10  # rows printed where no file is asked for


def predict(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    rows: Annotated[str, typer.Argument(help="A CSV or Parquet file.")],
    out: Annotated[
        str, typer.Option("--out", help="Write id, prediction and variant of each row to this CSV.")
    ] = "",
    own: Annotated[
        str, typer.Option("--id", help="The column with your own ids: outcomes may come by them too.")
    ] = "",
    key: Annotated[str, typer.Option("--key", help="Keeps a caller with one variant.")] = "",
    from_row: Annotated[
        int, typer.Option("--from-row", min=0, help="Leave out so many rows, answered before.")
    ] = 0,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Answer the rows of a file over HTTP. Keep the ids: outcomes come back by them, or by your own with --id."""
    from everloop.cli.coming import Coming
    from everloop.workspace.open import open

    coming = Coming(out, own, from_row)
    try:
        with open(folder, create=False) as workspace:
            workspace.endpoint(endpoint).predict(rows, key=key, ids=own, from_row=from_row, watch=coming)
    except EverloopError as error:
        if answer := coming.answer():
            _tell(answer, out, as_json=as_json)
        raise coming.cut_short(error) from error
    _tell(coming.answer(), out, as_json=as_json)


def _tell(answer: "Answer", out: str, *, as_json: bool) -> None:
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
    truth: Annotated[str, typer.Argument(help="A CSV or Parquet file: ids, and a column for each outcome.")],
    own: Annotated[str, typer.Option("--id", help="The column with the ids, ours or your own.")] = "id",
    only: Annotated[
        str,
        typer.Option("--only", help="The one column to send.", show_default="the truth's, if it is there"),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Send each column as an outcome of its name.")] = False,
    source: Annotated[str, typer.Option("--source", help="From whom.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Send what became of predictions. Sending a file again changes nothing.

    Of a file with the column that the model predicts that one alone is sent; of another file every column.
    """
    from everloop.datasets.accept import to_arrow
    from everloop.workspace.open import open

    if only and every:
        raise InvalidRequest("`--only` and `--all` exclude each other.", remedy="Give one of the two.")
    table = to_arrow(truth)
    others = [name for name in table.column_names if name not in {own, "happened_at"}]
    names = [name for name in others if name == only] if only else others
    if own not in table.column_names or not names:
        raise InvalidData(
            f"{truth} needs a column `{own}` and one named like the outcome, such as `{only or 'Churn'}`.",
            remedy=f"It has: {', '.join(table.column_names)}. --id says which column has the ids.",
        )
    with open(folder, create=False) as workspace:
        handle = workspace.endpoint(endpoint)
        if not only and not every and (truths := handle.status().outcome) in names:
            names = [truths]
        sent, ids = _send(handle, table, own, names, source)
        unknown = len(handle.unknown_ids(ids))
    left_out = [] if only else [name for name in others if name not in names]
    doubts = [doubt for taken in sent.values() for doubt in taken.not_counted]
    if as_json:
        accepted = {name: taken.accepted for name, taken in sent.items()}
        told = {"accepted": accepted, "not_counted": doubts, "ids": len(ids), "unknown_ids": unknown}
        show_json({**told, "left_out": left_out})
        return
    taken_of = ", ".join(f"{taken.accepted} outcomes `{name}`" for name, taken in sent.items())
    typer.echo(f"{taken_of} taken; {len(ids) - unknown} of {len(ids)} ids are known.")
    if left_out:
        typer.echo(printable(_left_out(left_out)), err=True)
    if unknown:
        typer.echo(printable(_warning(endpoint, unknown, len(ids))), err=True)
    for doubt in doubts:
        typer.echo(printable(f"everloop: note: {doubt}"), err=True)


def _send(
    handle: "Endpoint", table: "pa.Table", own: str, names: "Sequence[str]", source: str
) -> tuple[dict[str, "Taken"], list[str]]:
    """What was taken of each outcome, and the ids that were sent, each once."""
    from everloop.datasets.place import Place

    ids = table[own].to_pylist()
    times: list[Any] | None = None
    if "happened_at" in table.column_names:
        times = table["happened_at"].to_pylist()
    sent: dict[str, Taken] = {}
    used: dict[str, None] = {}
    for name in names:
        known = [(row, value) for row, value in enumerate(table[name].to_pylist()) if value is not None]
        nameless = [row for row, _ in known if ids[row] is None]
        if nameless:
            raise InvalidData(f"Column {own!r}, {Place(table)(nameless[0])}: the row has no id.")
        chosen = [str(ids[row]) for row, _ in known]
        taken = handle.outcomes(
            name,
            chosen,
            [value for _, value in known],
            happened_at=[times[row] for row, _ in known] if times else None,
            source=source,
        )
        sent[name] = replace(
            taken,
            not_counted=tuple(_in_the_file(one, [row for row, _ in known]) for one in taken.not_counted),
        )
        used |= dict.fromkeys(chosen)
    return sent, list(used)


def _in_the_file(doubt: "NotCounted", rows: "Sequence[int]") -> "NotCounted":
    """With the places among all rows of the file: those without a value were not sent."""
    return replace(doubt, rows=tuple(rows[place] for place in doubt.rows))


def _left_out(names: "Sequence[str]") -> str:
    """Which columns were not sent, and how they would be."""
    which = ", ".join(f"`{name}`" for name in names)
    return f"everloop: note: not sent: {which}. Send one with --only COLUMN, each of them with --all."


def _warning(endpoint: str, unknown: int, asked: int) -> str:
    """That nobody was told of by some ids, and where the right ones are."""
    if unknown < asked:
        return (
            f"everloop: note: {unknown} of {asked} ids are of no prediction of {endpoint} so far. Their outcomes are "
            "kept, and count once such a prediction is there."
        )
    return (
        f"everloop: warning: none of the {asked} ids is one of a prediction of {endpoint}: these outcomes are kept, "
        "but nothing is learned from them. Take the ids from the column `id` of the answers (everloop predict "
        f"{endpoint} ROWS.csv --out answers.csv), or predict with your own (--id COLUMN) and send outcomes by these."
    )
