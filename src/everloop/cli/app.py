"""The `everloop` command: a list of commands, each in a file of its own."""

import sys
from typing import Annotated

import typer

from everloop import __version__
from everloop.cli import (
    audit,
    candidates,
    cycles,
    data,
    declare,
    demo,
    deploy,
    import_model,
    look,
    loops,
    monitors,
    new,
    page,
    predict,
    proxy,
    refit,
    rehearse,
    replay,
    serve,
    train,
    turn,
    watch,
)
from everloop.cli.show import complain
from everloop.errors import EverloopError

app = typer.Typer(
    name="everloop",
    help="Keeps machine-learning models improving after they ship.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)

app.command("new")(new.new)
app.command("train")(train.train)
app.command("refit")(refit.refit)
app.command("import")(import_model.import_)
app.command("deploy")(deploy.deploy)
app.command("watch")(watch.watch)
app.command("proxy")(proxy.proxy)
app.command("rollback")(deploy.rollback)
app.command("propose")(candidates.propose)
app.command("approve")(candidates.approve)
app.command("reject")(candidates.reject)
app.command("declare")(declare.declare)
app.command("loops")(loops.loops)
app.command("next")(loops.next_)
app.command("why")(loops.why)
app.command("turn")(turn.turn)
app.command("pause")(loops.pause)
app.command("resume")(loops.resume)
app.command("cycles")(cycles.cycles)
app.command("report")(cycles.report)
app.command("up")(serve.up)
app.command("page")(page.page)
app.command("serve")(serve.serve)
app.command("predict")(predict.predict)
app.command("outcomes")(predict.outcomes)
app.command("status")(look.status)
app.command("models")(look.models)
app.command("runs")(look.runs)
app.command("ledger")(look.ledger)
app.command("events")(look.events)
app.command("monitor")(monitors.monitor)
app.command("alerts")(monitors.alerts)
app.command("audit")(audit.audit)
app.add_typer(data.app, name="data")
app.command("replay")(replay.replay)
app.command("rehearse")(rehearse.rehearse)
app.command("demo")(demo.demo)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"everloop {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Keeps machine-learning models improving after they ship."""


def main() -> None:
    """Run a command; an error of ours is one line on standard error and exit code 1, or 2 for a wrong setting."""
    try:
        app()
    except EverloopError as error:
        sys.exit(complain(error, as_json="--json" in sys.argv))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
