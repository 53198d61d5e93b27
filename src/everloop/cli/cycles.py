"""`everloop cycles` and `everloop report`."""

from typing import Annotated

import typer

from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, printable, show_json, show_table


def cycles(
    endpoint: Endpoint = "",
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many.")] = 20,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Turns of the loop: why each was opened, and how it ended."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        at = endpoint_meant(workspace, endpoint)
        found = workspace.loop(at).cycles(newest=newest)
    if as_json:
        show_json(found)
        return
    rows = [
        (
            c.id,
            f"{c.opened_at:%Y-%m-%d %H:%M}",
            c.causes[0].kind if c.causes else "",
            c.champion,
            c.candidate or "-",
            c.ending.replace("_", " ") or c.state,
            c.reason,
        )
        for c in found
    ]
    show_table(
        ("cycle", "opened (UTC)", "because", "champion", "candidate", "state", "why"),
        rows,
        empty=f"No cycles yet: everloop turn {at}",
    )


def report(
    endpoint: Endpoint = "",
    cycle: Annotated[
        int | None, typer.Option("--cycle", min=1, help="Its number.", show_default="the newest with one")
    ] = None,
    out: Annotated[
        str, typer.Option("--out", help="Write it to this file, and its pictures beside it.")
    ] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """What a cycle did and why, in Markdown with its tables and plots."""
    from pathlib import Path

    from everloop.errors import InvalidRequest
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        report = workspace.loop(endpoint_meant(workspace, endpoint)).report(cycle)
    if out:
        try:
            Path(out).write_text(report.markdown, encoding="utf-8")
            for name, picture in report.pictures.items():
                (Path(out).parent / name).write_text(picture, encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(f"{out} cannot be written: {error.strerror}.") from error
    if as_json:
        show_json(report)
    else:
        typer.echo(
            f"Wrote {out}." if out else "\n".join(printable(line) for line in report.markdown.splitlines())
        )
