"""`everloop replay`: rows of the past to an endpoint, and their truths later."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.progress_line import ProgressLine
from everloop.cli.show import AsJson, Folder, printable, show_json

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.workspace.workspace import Workspace


def replay(
    data: Annotated[str, typer.Argument(help="A dataset, or a CSV or Parquet file.")],
    endpoint: Annotated[str, typer.Option("--endpoint", help="Which endpoint.")],
    target: Annotated[
        str, typer.Option("--target", help="The column with the truth.", show_default="the endpoint's own")
    ] = "",
    rate: Annotated[float, typer.Option("--rate", min=0.01, help="Rows a second.")] = 50.0,
    time: Annotated[str, typer.Option("--time", help="The column that orders the rows.")] = "",
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed", help="With --time: the past's own pace, so many times as fast, instead of --rate."
        ),
    ] = None,
    outcome_delay: Annotated[
        str, typer.Option("--outcome-delay", help="How long after its answer a truth comes, such as 6h.")
    ] = "0s",
    from_row: Annotated[int, typer.Option("--from-row", min=0, help="Leave out so many rows.")] = 0,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows.")] = None,
    distort: Annotated[
        list[str] | None, typer.Option("--distort", help="Such as shift:columns=temp,by=3,from=1000.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of distortions.")] = 0,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Send rows that no served version has learned from, over HTTP, and the truth of each later. Ctrl-C ends it."""
    from everloop.replay.spec import parse
    from everloop.workspace.open import open

    distortions = [parse(text) for text in distort or []]
    line = ProgressLine()
    with open(folder, create=False) as workspace:
        rows = _rows(workspace, data, endpoint).slice(from_row, limit)
        with workspace.endpoint(endpoint).replay(
            rows,
            target=target,
            rate=rate,
            time=time,
            speed=speed,
            outcome_delay=outcome_delay,
            distort=distortions,
            seed=seed,
        ) as sending:
            with suppress(KeyboardInterrupt):
                sending.send(watch=lambda sent: line.show(sent.line()))
                sending.finish(watch=lambda sent: line.show(sent.line()))
            sent = sending.stop()
            is_whole = sending.is_over and not sent.truth_waiting
    line.clear()
    if as_json:
        show_json(sent)
    else:
        end = "." if is_whole else f"; interrupted: {sent.truth_waiting:,} truths were not sent."
        typer.echo(printable(sent.line() + end))
    if not is_whole:
        raise typer.Exit(130)


def _rows(workspace: "Workspace", data: str, endpoint: str) -> "pa.Table":
    """A file's rows, or those that were added to a dataset after the versions that are served."""
    from everloop.datasets.accept import to_arrow
    from everloop.workspace.unlearned import unlearned_rows

    if Path(data).suffix:
        return to_arrow(data)
    return unlearned_rows(workspace, data, endpoint)
