"""`everloop train`: a recipe becomes a model version."""

from typing import Annotated

import typer

from everloop.cli.declare import declare_changed
from everloop.cli.deploy import after_deploy
from everloop.cli.show import AsJson, Folder, show_json


def train(
    model: Annotated[str, typer.Argument(help="A model that loop.py has a recipe for.")],
    dataset: Annotated[
        str, typer.Option("--data", help="A dataset.", show_default="named like the model")
    ] = "",
    version: Annotated[
        int | None, typer.Option("--version", help="A version of it.", show_default="the newest")
    ] = None,
    recipe: Annotated[
        str, typer.Option("--recipe", help="One of several.", show_default="the model's only one")
    ] = "",
    deploy: Annotated[
        bool,
        typer.Option("--deploy", help="Put it behind the endpoint of the same name, as `everloop deploy`."),
    ] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Train a model on its dataset and register the version."""
    from pathlib import Path

    from everloop.cli.loop_file import read_loop_file
    from everloop.workspace.open import open
    from everloop.workspace.project import project

    place, _, _ = project(Path(folder))
    chosen = read_loop_file(place).recipe_for(model, recipe)
    with open(place, create=False) as workspace:
        declare_changed(workspace, needed=True)
        made = workspace.train(
            model,
            chosen,
            dataset=dataset,
            dataset_version=version,
            progress=lambda line: typer.echo(line, err=as_json),
        )
        if not as_json:
            typer.echo(f"version {made}  {scores(made.metrics)}")
        if deploy:
            placed = made.place(model)
            told = after_deploy(workspace, placed, str(made), model)
    if as_json:
        show_json(made.record)
    else:
        typer.echo(told if deploy else f"Next: everloop deploy {made} {model}")


def scores(metrics: dict[str, float]) -> str:
    """A version's scores in a line."""
    return "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
