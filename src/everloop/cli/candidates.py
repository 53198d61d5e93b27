"""`everloop propose`, `approve` and `reject`: candidates handed in, let through and sent back."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, show_json

if TYPE_CHECKING:
    from everloop.workspace.workspace import Workspace

Candidate = Annotated[
    str, typer.Option("--candidate", help="The version that must be there.", show_default="whichever is")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


def propose(
    version: Annotated[str, typer.Argument(help="A model version, such as churn@4.")],
    endpoint: Endpoint = "",
    reason: Reason = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="In the place of another that is on its way.")
    ] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Hand a version to the gates and the rollout of an endpoint."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        at = endpoint_meant(workspace, endpoint)
        proposed = workspace.endpoint(at).propose(version, reason, replace=replace)
        turned = workspace.is_turned()
    if as_json:
        show_json(proposed)
        return
    if not proposed.changed:
        typer.echo(f"{version} is on its way at {at} already: cycle {proposed.cycle} is {proposed.state}.")
    else:
        instead = f" in the place of {proposed.replaced}" if proposed.replaced else ""
        typer.echo(f"{version} is proposed at {at}{instead}: cycle {proposed.cycle} takes it to its gates.")
    typer.echo(f"Next: everloop {'why' if turned else 'turn'} {at}")


def approve(
    endpoint: Endpoint = "",
    candidate: Candidate = "",
    reason: Reason = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Let the candidate into its rollout, now or as soon as its gates have passed."""
    from everloop.loop.story import moment
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        at = endpoint_meant(workspace, endpoint)
        approved = workspace.endpoint(at).approve(candidate, reason=reason)
        turned = workspace.is_turned()
    if as_json:
        show_json(approved)
        return
    if not approved.changed:
        typer.echo(f"Cycle {approved.cycle} was approved already, by {approved.by} at {moment(approved.at)}.")
        return
    begins = (
        "its rollout begins" if approved.state == "waiting" else "it rolls out once its gates have passed"
    )
    typer.echo(f"Cycle {approved.cycle} is approved: {begins}.")
    if not turned:
        typer.echo("It goes on while `everloop up` runs. Next: everloop up")


def reject(
    endpoint: Endpoint = "",
    candidate: Candidate = "",
    reason: Reason = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """End the open cycle: its candidate loses what traffic it has."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        at = endpoint_meant(workspace, endpoint)
        rejected = workspace.endpoint(at).reject(candidate, reason=reason)
        champion = _champion(workspace, at)
    if as_json:
        show_json(rejected)
    else:
        typer.echo(f"Cycle {rejected.cycle} is ended; {champion} answers at {at}.")


def _champion(workspace: "Workspace", endpoint: str) -> str:
    return workspace.endpoint(endpoint).status().champion
