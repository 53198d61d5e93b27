"""Commands that only look: `status`, `models`, `runs`, `ledger`, `events`."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.loops import show_loops
from everloop.cli.show import AsJson, Folder, printable, show_json, show_table

if TYPE_CHECKING:
    from everloop.actions.queries.ledger import Quality
    from everloop.actions.queries.status import Status
    from everloop.ledger.counts import Counts
    from everloop.serving.proxy.status import ProxyStatus

DIGEST = 64  # hexadecimal digits of a SHA-256

Model = Annotated[str, typer.Argument(help="One model.", show_default="all")]


def status(folder: Folder = ".", as_json: AsJson = False) -> None:
    """What there is, what serves, and how well it answers."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.status()
    if as_json:
        show_json(found)
    else:
        _show_status(found)


def models(model: Model = "", folder: Folder = ".", as_json: AsJson = False) -> None:
    """Model versions with their data and scores."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        versions = [version.record for version in workspace.versions(model)]
    if as_json:
        show_json(versions)
        return
    rows = [
        (
            v,
            v.data,
            v.bundle[:12],
            f"{v.created_at:%Y-%m-%d %H:%M}",
            scores(v.metrics),
        )
        for v in versions
    ]
    show_table(
        ("version", "data", "bundle", "made (UTC)", "scores"),
        rows,
        empty="No models yet: everloop train NAME.",
    )


def runs(model: Model = "", folder: Folder = ".", as_json: AsJson = False) -> None:
    """Trainings: what runs, what ended, and why."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.runs(model)
    if as_json:
        show_json(found)
        return
    rows = [
        (
            r.id,
            r.model,
            r.state,
            r.imported.file if r.imported else f"dataset {r.dataset}@{r.dataset_version}",
            f"{r.started_at:%Y-%m-%d %H:%M}",
            r.error,
        )
        for r in found
    ]
    show_table(("run", "model", "state", "data", "started (UTC)", "error"), rows, empty="No runs yet.")


def ledger(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    out: Annotated[str, typer.Option("--out", help="Write the joined table to this Parquet file.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """What was answered and what came back: counts and quality; the whole table with --out."""
    import pyarrow.parquet as pq

    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        view = workspace.ledger(endpoint)
        found = view.quality()
        if out:
            pq.write_table(view.joined(), out)
    if as_json:
        show_json(found)
    else:
        typer.echo(quality_line(found))


def events(
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many.")] = 20,
    subject: Annotated[str, typer.Option("--subject", help="Only of this, such as endpoint:churn.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Who did what, when and why."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        found = workspace.events(newest=newest + 1, subject=subject)
    earlier, found = len(found) > newest, found[-newest:]
    if as_json:
        show_json(found)
        return
    rows = [
        (e.sequence, f"{e.at:%Y-%m-%d %H:%M:%S}", e.actor, e.action, e.subject, _changes(e.after), e.reason)
        for e in found
    ]
    show_table(("#", "when (UTC)", "who", "did", "to", "now", "why"), rows, empty="Nothing happened yet.")
    if earlier:
        of = f" --subject {subject}" if subject else ""
        typer.echo(f"There are earlier ones: everloop events --newest {newest * 5}{of}")


def scores(metrics: dict[str, float]) -> str:
    """Scores on one line."""
    return "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())


def quality_line(found: "Quality") -> str:
    """An endpoint's ledger in one line."""
    counts, estimate = found.counts, found.estimate
    outcomes = sum(counts.outcomes.values())
    known = f"{found.endpoint}: {counts.predictions} predictions, {outcomes} outcomes, {counts.mature} mature"
    known += f", {counts.shadows} rows seen by shadows" if counts.shadows else ""
    known += "".join(f", {n} {what}" for what, n in _aside(counts).items() if n)
    if estimate is None:
        return f"{known}; quality not known yet"
    told = f"{known}; {estimate.metric} {estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"
    return told + _audited(found)


def proxy_line(found: "ProxyStatus") -> str:
    """A proxy in one line: what passed, what was captured of it, and why not all."""
    told = f"{found.endpoint}: {found.url} goes to {found.upstream}; {found.passed} answers passed"
    told += f", {found.captured} rows captured"
    aside = {
        "rows of errors captured": found.errors,
        "requests not read": found.unread,
        "declined by the upstream": found.declined,
        "not captured, as the disk did not take them": found.uncaptured,
        "refused": found.refused,
        "without an answer": found.unreachable,
    }
    told += "".join(f", {count} {what}" for what, count in aside.items() if count)
    if found.why_not:
        return f"{told}; nothing is captured: {found.why_not}"
    why = next(iter(found.reasons), "")
    return f"{told}; most often not read because {why}" if why else told


def _audited(found: "Quality") -> str:
    """The same on the standing audit, where there is one."""
    audited = found.audited
    if audited is None:
        return ""
    told = f"; of {audited.predictions} audited {audited.with_truth} have their truth"
    estimate = audited.estimate
    return told + (f": {estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]" if estimate else "")


def _aside(counts: "Counts") -> dict[str, int]:
    """Outcomes that a person should look at."""
    return {"unknown ids": counts.unknown, "in conflict": counts.conflicts, "too late": counts.late}


def _show_status(found: "Status") -> None:
    serving = found.serving
    workers = f"{serving.ready} worker{'' if serving.ready == 1 else 's'}" if serving else ""
    answers = f"{serving.url}, {workers}" if serving else "nothing serves (everloop up)"
    typer.echo(f"project {found.project}: {answers}; route table {found.route_table}")
    show_table(
        ("dataset", "rows", "made (UTC)"),
        [(d.version.told, d.version.rows, f"{d.version.created_at:%Y-%m-%d %H:%M}") for d in found.datasets],
        empty="No datasets yet.",
    )
    show_table(
        ("endpoint", "champion", "proposed", "before"),
        [(e.name, e.who, e.proposed or "-", e.previous or "-") for e in found.endpoints],
        empty="No endpoints yet: everloop deploy MODEL@1 NAME.",
    )
    for endpoint in found.endpoints:
        if endpoint.not_served is not None:
            typer.echo(printable(f"{endpoint.name}: {endpoint.not_served}"))
    if found.loops:
        show_loops(found.loops, empty="")
    for quality in found.quality:
        typer.echo(quality_line(quality))
    for proxy in found.proxies:
        typer.echo(proxy_line(proxy))
    for run in found.runs:
        if run.state == "running":
            typer.echo(f"{run.id} is training {run.model}.")


def _changes(after: dict[str, object]) -> str:
    told = {name: value for name, value in after.items() if value not in (None, "")}
    return ", ".join(f"{name} {_short(str(value))}" for name, value in told.items())


def _short(text: str) -> str:
    """A digest by its first digits."""
    return text[:12] if len(text) == DIGEST and text.isalnum() else text
