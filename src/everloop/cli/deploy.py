"""`everloop deploy` and `everloop rollback`."""

from typing import Annotated

import typer

from everloop.cli.show import AsJson, Folder, show_json


def deploy(
    version: Annotated[str, typer.Argument(help="A model version, such as churn@1.")],
    endpoint: Annotated[str, typer.Argument(help="Where it should answer.")],
    override: Annotated[
        str, typer.Option("--override", help="Skip gates and rollout, for this reason; it is recorded.")
    ] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Put a version behind an endpoint: at once where it is empty, else as a proposal."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        deployed = workspace.version(version).place(endpoint, override=override)
        served, turned = workspace.is_served(), workspace.is_turned()
    if as_json:
        show_json(deployed)
    elif not deployed.changed:
        state = "answers" if deployed.state == "champion" else "is proposed"
        typer.echo(f"{version} {state} at {endpoint} already; nothing was done.")
    elif deployed.state == "proposed":
        typer.echo(
            f"{version} is proposed at {endpoint}, where another version answers: it goes to its gates."
        )
        typer.echo(f"Next: everloop {'why' if turned else 'turn'} {endpoint}")
    else:
        typer.echo(f"{version} answers at {endpoint}." + ("" if served else " Next: everloop up"))


def rollback(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Give an endpoint back to the version that answered before."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        back = workspace.endpoint(endpoint).rollback(reason)
    if as_json:
        show_json(back)
    else:
        typer.echo(f"{back.champion} answers at {endpoint} again, instead of {back.before}.")
