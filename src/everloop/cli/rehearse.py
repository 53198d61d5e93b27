"""`everloop rehearse`: the whole loop over a table of the past, in minutes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.progress_line import ProgressLine
from everloop.cli.show import AsJson, printable, show_json
from everloop.errors import InvalidRequest

if TYPE_CHECKING:
    from everloop.evidence.estimate import Estimate
    from everloop.loop.declared import Loop
    from everloop.replay.sent import Sent
    from everloop.workspace.happenings import Happening
    from everloop.workspace.rehearse import Rehearsed, Voice

NAME = "rehearsal"
UNDECIDED = "gates undecided"
QUIET = ("rollout widens", UNDECIDED, "alert closed")  # told without a mark


def rehearse(
    table: Annotated[str, typer.Argument(help="A CSV or Parquet file.")],
    target: Annotated[str, typer.Option("--target", help="The column to learn.")],
    time: Annotated[
        str, typer.Option("--time", help="The column that orders the rows; it is no input then.")
    ] = "",
    drop: Annotated[str, typer.Option("--drop", help="Columns to leave out, parted by commas.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many rows.")] = None,
    first: Annotated[
        int | None, typer.Option("--first", min=1, help="So many rows train the first model.")
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", min=0.1, help="Rows a second.")] = None,
    outcome_delay: Annotated[
        str, typer.Option("--outcome-delay", help="How long after its answer a truth comes, such as 6h.")
    ] = "0s",
    after: Annotated[int | None, typer.Option("--after", min=1, help="So many truths turn the loop.")] = None,
    margin: Annotated[
        float | None, typer.Option("--margin", help="How much worse is still no worse.")
    ] = None,
    speed: Annotated[
        float | None, typer.Option("--speed", min=1, help="How fast the platform's time runs.")
    ] = None,
    distort: Annotated[
        list[str] | None, typer.Option("--distort", help="Such as shift:columns=temp,by=3,from=1000.")
    ] = None,
    loop: Annotated[
        str, typer.Option("--loop", help="A loop.py, instead of the loop that is made for the table.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of training and distortions.")] = 7,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Send on while the loop has a job in hand.")
    ] = False,
    folder: Annotated[
        str, typer.Option("--folder", help="Keep the project here.", show_default="a temporary one")
    ] = "",
    picture: Annotated[
        str, typer.Option("--picture", help="Draw right answers over time into this SVG file.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Play the whole loop over past data: train, serve, let truths come late, refit, prove, promote or throw out."""
    from everloop.records.durations import duration
    from everloop.replay.spec import parse
    from everloop.workspace.rehearsal_plan import plan_for
    from everloop.workspace.rehearsal_table import read_table
    from everloop.workspace.rehearse import rehearse as play

    distortions = [parse(text) for text in distort or []]
    past = read_table(table, target=target, time=time, drop=_listed(drop), limit=limit)
    if picture and past.task != "classification":
        raise InvalidRequest(
            f"{target!r} is a number; a picture is of right answers.", remedy="Leave out --picture."
        )
    plan = plan_for(
        past.table.num_rows,
        spread=past.spread,
        first=first,
        rate=rate,
        outcome_delay=duration(outcome_delay),
        after_outcomes=after,
        margin=margin,
        speed=speed,
    )
    telling = Telling(to_error=as_json)
    declared = _declared(Path(loop)) if loop else past.loop(NAME, plan, seed=seed)
    for line in (*past.lines(), *plan.lines(declared=bool(loop))):
        telling.say(f"  {line}")
    with _place(folder) as place:
        told = play(
            place,
            past.table,
            declared,
            plan,
            telling.voice(),
            distort=distortions,
            seed=seed,
            wait_for_jobs=not no_wait,
            title=f"{target}: {Path(table).name}, lived through again" if picture else "",
        )
    if picture:
        _draw(Path(picture), told.picture)
    if as_json:
        show_json(replace(told, picture=""))
    else:
        telling.ending(told, folder)
    if not told.is_whole:
        raise typer.Exit(130)


class Telling:
    """Lines for people, and one line below them that shows how far it is."""

    def __init__(self, *, to_error: bool) -> None:
        self._to_error = to_error
        self._line = ProgressLine()
        self._undecided = False

    def say(self, text: str) -> None:
        """A line that stays."""
        self._line.clear()
        typer.echo(printable(text), err=self._to_error)

    def voice(self) -> "Voice":
        """What the rehearsal speaks with."""
        from everloop.workspace.rehearse import Voice

        return Voice(line=lambda line: self.say(f"  {line}"), happened=self._happened, sent=self._sent)

    def ending(self, told: "Rehearsed", folder: str) -> None:
        """What came of it."""
        self.say(told.sent.line() + ("." if told.is_whole else "; interrupted."))
        for point in told.turning_points:
            change = f"{_in_words(point.before)} before, {_in_words(point.after)} after"
            self.say(
                f"  {point.happening.kind} {point.happening.candidate or ', '.join(point.happening.monitors)}: {change}"
            )
        self.say(
            f"{told.promotions} promoted, {told.refusals} refused, {told.rollbacks} rolled back; alerts: "
            f"{told.drift_alerts} of drift, {told.quality_alerts} of quality. {told.champion} answers. "
            f"{told.seconds:.0f} s."
        )
        if folder:
            self.say(f"Everything is in {folder}: everloop why --folder {folder}")

    def _happened(self, happening: "Happening") -> None:
        again, self._undecided = self._undecided, happening.kind == UNDECIDED
        if again and self._undecided:  # each look of the gates says the same with a few rows more
            return
        mark = " " if happening.kind in QUIET else "*"
        self.say(f"{mark} {happening.after_rows:>7,} rows  {happening.line}")

    def _sent(self, sent: "Sent") -> None:
        self._line.show(sent.line())


def _in_words(estimate: "Estimate | None") -> str:
    if estimate is None:
        return "nothing known"
    if estimate.metric == "accuracy":
        return f"{estimate.value:.1%} right [{estimate.low:.1%}, {estimate.high:.1%}]"
    return f"{estimate.metric} {estimate.value:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _declared(path: Path) -> "Loop":
    """The one loop of a file, turned by itself: a rehearsal has nobody who approves."""
    from everloop.cli.loop_file import FILE, read_loop_file

    if path.is_file() and path.name != FILE:
        raise InvalidRequest(
            f"{path} is not called {FILE}.", remedy="Give a project's loop.py, or its folder."
        )
    loops = read_loop_file(path if path.is_dir() else path.parent).loops
    if len(loops) != 1:
        raise InvalidRequest(f"{path} declares {len(loops)} loops.", remedy="A rehearsal is of one.")
    return replace(loops[0], mode="act")


def _draw(path: Path, svg: str) -> None:
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def _place(folder: str) -> Iterator[Path]:
    if folder:
        yield Path(folder)
        return
    with tempfile.TemporaryDirectory(prefix="everloop-rehearsal-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)
