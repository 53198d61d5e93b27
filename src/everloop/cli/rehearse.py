"""`everloop rehearse`: the whole loop over a table of the past, in minutes."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.place import place
from everloop.cli.rehearsal_telling import Telling
from everloop.cli.show import AsJson, show_json
from everloop.errors import InvalidRequest

if TYPE_CHECKING:
    from everloop.loop.declared import Loop

NAME = "rehearsal"


def rehearse(
    table: Annotated[str, typer.Argument(help="A CSV or Parquet file.")],
    target: Annotated[str, typer.Option("--target", help="The column to learn.")],
    time: Annotated[
        str, typer.Option("--time", help="The column that orders the rows; it is no input then.")
    ] = "",
    drop: Annotated[str, typer.Option("--drop", help="Columns to leave out, parted by commas.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many rows.")] = None,
    first: Annotated[
        int | None, typer.Option("--first", min=1, help="So many rows train the first model.")
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", min=0.1, help="Rows a second.")] = None,
    outcome_delay: Annotated[
        str, typer.Option("--outcome-delay", help="How long after its answer a truth comes, such as 6h.")
    ] = "0s",
    after: Annotated[int | None, typer.Option("--after", min=1, help="So many truths turn the loop.")] = None,
    margin: Annotated[
        float | None, typer.Option("--margin", help="How much worse is still no worse.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, help="How fast the platform's time runs.")
    ] = None,
    distort: Annotated[
        list[str] | None, typer.Option("--distort", help="Such as shift:columns=temp,by=3,from=1000.")
    ] = None,
    loop: Annotated[
        str, typer.Option("--loop", help="A loop.py, instead of the loop that is made for the table.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of training and distortions.")] = 7,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Send on while the loop has a job in hand.")
    ] = False,
    folder: Annotated[
        str, typer.Option("--folder", help="Keep the project here.", show_default="a temporary one")
    ] = "",
    picture: Annotated[
        str, typer.Option("--picture", help="Draw quality over time into this SVG file.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Play the whole loop over past data: train, serve, let truths come late, refit, prove, promote or throw out."""
    from everloop.records.durations import duration
    from everloop.replay.spec import parse
    from everloop.workspace.rehearsal_plan import plan_for
    from everloop.workspace.rehearsal_table import read_table
    from everloop.workspace.rehearse import rehearse as play

    if picture and not Path(picture).absolute().parent.is_dir():  # not after minutes
        raise InvalidRequest(f"There is no folder for {picture}.", remedy="Make it, or draw elsewhere.")
    distortions = [parse(text) for text in distort or []]
    past = read_table(table, target=target, time=time, drop=_listed(drop), limit=limit)
    plan = plan_for(
        past.table.num_rows,
        spread=past.spread,
        first=first,
        rate=rate,
        outcome_delay=duration(outcome_delay),
        after_outcomes=after,
        margin=margin,
        speed=speed,
    )
    telling = Telling(to_error=as_json)
    declared = _declared(Path(loop)) if loop else past.loop(NAME, plan, seed=seed)
    for line in (*past.lines(), *plan.lines(declared=bool(loop))):
        telling.say(f"  {line}")
    with place(folder, NAME) as where:
        told = play(
            where,
            past.table,
            declared,
            plan,
            telling.voice(),
            distort=distortions,
            seed=seed,
            wait_for_jobs=not no_wait,
            title=f"{target}: {Path(table).name}, lived through again" if picture else "",
        )
    if picture:
        _draw(Path(picture), told.picture)
    if as_json:
        show_json(replace(told, picture=""))
    else:
        telling.ending(told, folder)
    if not told.is_whole:
        raise typer.Exit(130)


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _declared(path: Path) -> "Loop":
    """The one loop of a file, turned by itself: a rehearsal has nobody who approves."""
    from everloop.cli.loop_file import FILE, read_loop_file

    if path.is_file() and path.name != FILE:
        raise InvalidRequest(
            f"{path} is not called {FILE}.", remedy="Give a project's loop.py, or its folder."
        )
    loops = read_loop_file(path if path.is_dir() else path.parent).loops
    if len(loops) != 1:
        raise InvalidRequest(f"{path} declares {len(loops)} loops.", remedy="A rehearsal is of one.")
    return replace(loops[0], mode="act")


def _draw(path: Path, svg: str) -> None:
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}.") from error
