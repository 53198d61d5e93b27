"""`everloop new`: a folder becomes a project, with a table or without one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.data import Until, reach
from everloop.cli.show import AsJson, Folder, show_json
from everloop.errors import Conflict, InvalidRequest
from everloop.settings import FILE

if TYPE_CHECKING:
    from everloop.records.dataset import DatasetVersion

LOOP_FILE = "loop.py"


def new(
    name: Annotated[str, typer.Argument(help="What to call the model, its dataset and the project.")],
    data: Annotated[
        str, typer.Option("--data", help="A CSV or Parquet file.", show_default="no table yet")
    ] = "",
    target: Annotated[str, typer.Option("--target", help="Its column to learn.", show_default="none")] = "",
    until: Until = None,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Make a project in this folder; with a table, that becomes dataset version 1, and loop.py a loop for it.

    Everything is looked at before anything is written. In a project without loop.py a table may come later.
    """
    from everloop.cli.starting_files import IGNORE, TOML, write_new
    from everloop.records.names import checked_name

    place = Path(folder)
    checked_name(name, "model")
    if bool(data) != bool(target):
        raise InvalidRequest(
            "A table and its target go together.",
            remedy=f"Give --data FILE and --target COLUMN, or neither: everloop new {name}.",
        )
    if until is not None and not data:
        raise InvalidRequest("`--until` says how far a table reaches.", remedy="Give --data FILE too.")
    _refuse_another(place, with_table=bool(data))
    task, version, texts = _with_table(place, name, data, target, until) if data else (None, None, {})
    written = write_new(place, {FILE: TOML.format(name=name), **texts, ".gitignore": IGNORE})
    if as_json:
        show_json({"project": name, "task": task, "dataset": version, "files": written})
        return
    for line in _told(name, task, target, version, written, until):
        typer.echo(line)


def _refuse_another(place: Path, *, with_table: bool) -> None:
    """Raise Conflict in a project, but for its own folder to which the first table comes."""
    from everloop.workspace.project import find_project

    existing = find_project(place)
    if existing is None:
        return
    if not with_table or existing != place.resolve() or (existing / LOOP_FILE).exists():
        raise Conflict(f"{existing} is a project already.", remedy="Make the new one in a folder of its own.")


def _with_table(
    place: Path, name: str, data: str, target: str, until: str | None
) -> "tuple[str, DatasetVersion, dict[str, str]]":
    """The task, the dataset's first version, and the loop that fits; raises before anything is made."""
    from everloop.cli.starting_files import loop_file
    from everloop.clock import SystemClock
    from everloop.datasets.accept import to_arrow
    from everloop.records.moments import passed
    from everloop.training.learnable import learnable
    from everloop.workspace.open import open

    moment = None if until is None else passed(until, SystemClock().now())  # before there is a workspace
    rows = to_arrow(data)
    task = learnable(rows, target)
    with open(place) as workspace:
        if name in workspace.datasets:
            raise Conflict(
                f"There is a dataset {name!r} already.",
                remedy=f"Declare a loop for it in {LOOP_FILE}, or choose another name.",
            )
        version = workspace.datasets[name].append(rows, note=f"from {Path(data).name}", until=moment)
    return task, version, {LOOP_FILE: loop_file(name, target, rows[target], task)}


def _told(
    name: str,
    task: str | None,
    target: str,
    version: "DatasetVersion | None",
    written: list[str],
    until: str | None,
) -> list[str]:
    wrote = f"Wrote {', '.join(written)}."
    if version is not None:
        made = f"Project {name}: {task} of {target!r}; {version.told} with {version.rows} rows."
        told = made if until is None else f"{made} {reach(version, until)}"
        return [told, f"{wrote} Next: everloop train {name}"]
    table = f"everloop data append {name} FILE"
    return [
        f"Project {name}, without a table yet. {wrote} Next:",
        f"  with a model's file: everloop import PATH --model {name} --target COLUMN",
        f"  with a model that is served elsewhere: {table}; everloop watch {name} --target COLUMN",
        f"  with a table to learn from: everloop new {name} --data FILE --target COLUMN; everloop train {name}",
    ]
