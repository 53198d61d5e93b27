"""`everloop watch`."""

from typing import Annotated, Literal

import typer

from everloop.cli.show import AsJson, Folder, show_json


def watch(
    endpoint: Annotated[str, typer.Argument(help="What the endpoint is called here.")],
    target: Annotated[str, typer.Option("--target", help="The column that it predicts.")],
    data: Annotated[
        str, typer.Option("--data", help="A dataset with its inputs and its target.", show_default="ENDPOINT")
    ] = "",
    task: Annotated[
        Literal["auto", "classification", "regression"], typer.Option("--task", help="What it answers.")
    ] = "auto",
    classes: Annotated[
        str, typer.Option("--classes", help="Classes that it knows and the dataset lacks, with commas.")
    ] = "",
    exclude: Annotated[str, typer.Option("--exclude", help="Columns that are no inputs, with commas.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Declare an endpoint whose model you serve elsewhere: record its answers, and see what would be better."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        watching = workspace.watch(
            endpoint,
            target,
            data=data,
            task=task,
            classes=_parts(classes),
            exclude=_parts(exclude),
        )
        served = workspace.is_served()
    if as_json:
        show_json(watching)
        return
    signature = watching.signature
    if not watching.changed:
        typer.echo(f"{endpoint} is watched already; nothing was done.")
        return
    answers = f"one of {len(signature.classes)} classes" if signature.classes else "a number"
    typer.echo(
        f"{endpoint} is served elsewhere: {len(signature.columns)} inputs, {answers} for {signature.target!r}."
    )
    begin = "" if served else "everloop up, then "
    typer.echo(f"Next: {begin}everloop proxy --upstream URL --endpoint {endpoint}")
    typer.echo(f"  or, from your own code, workspace.endpoint({endpoint!r}).record(rows, answers)")
    typer.echo(
        "Then declare a loop in loop.py that says what would be better; docs/outside.md has one to copy."
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
