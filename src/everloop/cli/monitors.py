"""`everloop monitor` and `everloop alerts`: what is watched, and what has moved."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everloop.actions.queries.monitors import Monitoring
    from everloop.records.alert import Alert
    from everloop.records.monitor import Monitored, MonitorWindow
    from everloop.records.verdict import Verdict

HEAD = ("watched", "of", "verdict", "value", "95 %", "limit", "by", "rows")


def monitor(
    endpoint: Endpoint = "",
    every: Annotated[bool, typer.Option("--all", help="Every column; else those that moved most.")] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Look at what is new, and show the newest window of every column, the strongest first."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.endpoint(endpoint_meant(workspace, endpoint)).monitor()
    if as_json:
        show_json(found)
        return
    typer.echo(_progress(found))
    for window in (found.inputs, found.outcomes):
        if window is not None:
            _show_window(window, None if every else 15)
    if found.refused:
        told = ", ".join(f"{count} {code}" for code, count in found.refused.items())
        typer.echo(f"refused at the door: {told}")
    _show_alerts(found.alerts, empty="No alerts are open.")


def alerts(
    endpoint: Annotated[str, typer.Argument(help="One endpoint.", show_default="all")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """What has moved, the most harmful first."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.alerts(endpoint, closed=closed)
    if as_json:
        show_json(found)
    else:
        _show_alerts(found, empty="No alerts." if closed else "No alerts are open.")


def _progress(found: "Monitoring") -> str:
    line = f"{found.endpoint}: {found.champion}, {found.windows} windows of answers looked at"
    line += f", {found.waiting} answers since (a window has {found.window_rows})"
    judged = found.outcomes
    return line + (f"; {judged.number} windows of outcomes." if judged else "; no window of outcomes yet.")


def _show_window(window: "MonitorWindow", most: int | None) -> None:
    what = "answers" if window.watches == "inputs" else "outcomes"
    typer.echo(
        f"window {window.number} of {what}: {window.rows} rows, "
        f"{window.since:%Y-%m-%d %H:%M:%S} to {window.until:%Y-%m-%d %H:%M:%S}"
    )
    shown = window.found[:most]
    show_table(HEAD, [_line(m) for m in shown], empty="Nothing is compared.")
    if len(shown) < len(window.found):
        typer.echo(f"... and {len(window.found) - len(shown)} more that moved less: --all")


def _line(found: "Monitored") -> tuple[object, ...]:
    v = found.verdict
    limit = "-" if v.limit is None else f"{v.limit:.4g}"
    return (found.monitor, found.subject, v.verdict, *_value(v), limit, v.method or "-", v.rows)


def _value(verdict: "Verdict") -> tuple[str, str]:
    if verdict.value is None or verdict.low is None or verdict.high is None:
        return "-", "-"
    return f"{verdict.value:.4g}", f"{verdict.low:.4g} to {verdict.high:.4g}"


def _show_alerts(found: "Iterable[Alert]", *, empty: str) -> None:
    show_table(
        ("alert", "endpoint", "state", "harm", "since (UTC)", "windows", "what"),
        [
            (
                a.id,
                a.endpoint,
                a.state,
                f"{a.harm:.2f}",
                f"{a.opened_at:%Y-%m-%d %H:%M}",
                a.windows,
                a.evidence.reason,
            )
            for a in found
        ],
        empty=empty,
    )
