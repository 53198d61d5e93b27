"""`everloop refit`: a version's recipe, fitted again on newer data."""

from typing import Annotated

import typer

from everloop.cli.show import AsJson, Folder, show_json
from everloop.cli.train import scores


def refit(
    version: Annotated[
        str,
        typer.Argument(
            help="A version, as in churn@3; or a model: the version that answers, else the newest."
        ),
    ],
    dataset: Annotated[str, typer.Option("--data", help="A dataset.", show_default="the version's own")] = "",
    dataset_version: Annotated[
        int | None, typer.Option("--version", help="A version of it.", show_default="the newest")
    ] = None,
    window: Annotated[
        int | None,
        typer.Option("--window", min=1, help="Learn from the newest so many rows.", show_default="all"),
    ] = None,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Fit the recipe of a version again, on newer data, and register the new version."""
    from everloop.records.names import parse_version
    from everloop.workspace.open import open

    model, number = parse_version(version) if "@" in version else (version, None)
    with open(folder, create=False) as workspace:
        made = workspace.refit(
            model,
            number,
            dataset=dataset,
            dataset_version=dataset_version,
            window=window,
            progress=lambda line: typer.echo(line, err=as_json),
        )
    if as_json:
        show_json(made.record)
        return
    typer.echo(f"version {made}  {scores(made.metrics)}")
    typer.echo(f"Next: everloop deploy {made} {model}")
