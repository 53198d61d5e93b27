"""`everloop data`: datasets and their versions."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.show import AsJson, Folder, show_json, show_table

if TYPE_CHECKING:
    from everloop.records.dataset import DatasetVersion

app = typer.Typer(
    help="Datasets: append, log, diff, show, suspect.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="Which dataset.")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        help="How far the rows reach: nothing in them happened or became known later. A day, such as 2026-03-31, "
        "which means its end in UTC, or 2026-03-31T12:00+02:00.",
        show_default="now",
    ),
]


@app.command("append")
def append(
    name: Name,
    rows: Annotated[str, typer.Argument(help="A CSV or Parquet file.")],
    note: Annotated[str, typer.Option("--note", help="Kept with the version.")] = "",
    new_categories: Annotated[
        bool, typer.Option("--new-categories", help="Allow texts that a category has not had.")
    ] = False,
    until: Until = None,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Add rows. The first append makes the dataset, and its schema binds the later ones."""
    from everloop.datasets.accept import to_arrow
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        table = to_arrow(rows)
        version = workspace.datasets[name].append(
            table, note=note, new_categories=new_categories, until=until
        )
    if as_json:
        show_json(version)
    elif table.num_rows == 0:
        typer.echo(f"No rows: {version.told} stays as it is.")
    else:
        told = f"{version.told}: {version.added} rows added, {version.rows} in all."
        typer.echo(told if until is None else f"{told} {reach(version, until)}")


@app.command("list")
def list_datasets(folder: Folder = ".", as_json: AsJson = False) -> None:
    """Every dataset with its newest version."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.datasets.summaries()
    if as_json:
        show_json(found)
        return
    rows = [(d.name, d.version.number, d.version.rows, d.version.digest[:12]) for d in found]
    show_table(("dataset", "version", "rows", "digest"), rows, empty="No datasets yet.")


@app.command("log")
def log(name: Name, folder: Folder = ".", as_json: AsJson = False) -> None:
    """Every version of a dataset."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        versions = workspace.datasets[name].log()
    if as_json:
        show_json(versions)
        return
    rows = [
        (
            v.told,
            v.rows,
            f"+{v.added}",
            v.digest[:12],
            f"{v.created_at:%Y-%m-%d %H:%M}",
            f"{v.covers_until:%Y-%m-%d %H:%M}",
            _remark(v),
        )
        for v in versions
    ]
    columns = ("version", "rows", "added", "digest", "made (UTC)", "until (UTC)", "note")
    show_table(columns, rows, empty="No versions yet.")


@app.command("suspect")
def suspect(
    version: Annotated[str, typer.Argument(help="A dataset version, as in churn@3.")],
    reason: Annotated[str, typer.Option("--reason", help="What is wrong with the rows that it added.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="They are sound after all.")] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Let no model learn from what a version added. The version stays, with its number and digest."""
    from everloop.errors import InvalidRequest
    from everloop.records.names import parse_version
    from everloop.workspace.open import open

    if clear and reason:
        raise InvalidRequest("`--clear` takes no reason.", remedy="Give one of the two.")
    name, number = parse_version(version)
    with open(folder, create=False) as workspace:
        dataset = workspace.datasets[name]
        marked = dataset.clear(number) if clear else dataset.suspect(number, reason)
    if as_json:
        show_json(marked)
    elif marked.suspect:
        typer.echo(
            f"The {marked.told} is suspect: the {marked.added} rows that it added are left out of training."
        )
    else:
        typer.echo(f"The {marked.told} is sound: the {marked.added} rows that it added are learned from.")


@app.command("diff")
def diff(
    name: Name,
    before: Annotated[int, typer.Argument(min=1, help="A version's number.")],
    after: Annotated[int, typer.Argument(min=1, help="Another's.")],
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """What changed between two versions: schema, rows, digest."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.datasets[name].diff(before, after)
    if as_json:
        show_json(found)
        return
    for line in found.lines():
        typer.echo(line)


@app.command("show")
def show(
    name: Name,
    version: Annotated[
        int | None, typer.Option("--version", help="Which version.", show_default="the newest")
    ] = None,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Every column in figures."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        columns = workspace.datasets[name].profile(version)
    if as_json:
        show_json(columns)
        return
    show_table(
        ("column", "type", "missing", "distinct", "summary"),
        [(c.name, c.type, c.missing, c.distinct, c.summary()) for c in columns],
        empty="No columns.",
    )


def reach(version: "DatasetVersion", until: str) -> str:
    """How far the new version reaches, and why it is farther than was said."""
    from everloop.records.moments import moment_of

    farther = version.covers_until > moment_of(until)
    why = ", as far as a version before it" if farther else ""
    return f"It reaches until {version.covers_until:%Y-%m-%d %H:%M:%S} UTC{why}."


def _remark(version: "DatasetVersion") -> str:
    suspect = f"suspect: {version.suspect}" if version.suspect else ""
    return "; ".join(filter(None, (suspect, version.note)))
