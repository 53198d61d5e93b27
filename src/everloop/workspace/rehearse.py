"""One whole rehearsal, from the first model to what became of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.replay.sent import Sent
from everloop.workspace.before_after import TurningPoint
from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal import Rehearsal
from everloop.workspace.rehearsal_plan import RehearsalPlan
from everloop.workspace.rehearsal_worth import Worth

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.loop.declared import Loop
    from everloop.replay.distortion import Distortion, OutcomeDistortion

END_S = 60.0  # for the last truths and the last job, when every row was sent
LEAST_WINDOW, MOST_WINDOW = 200, 1000  # rows before and after a turning point


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it."""

    plan: RehearsalPlan
    sent: Sent
    first: str  # the version that was trained first
    champion: str  # the one that answers at the end
    promotions: int
    refusals: int
    rollbacks: int
    drift_alerts: int  # events that raised an alert of inputs or answers
    quality_alerts: int  # and of quality
    worth: Worth | None  # of the loop; None where no truth is known
    turning_points: tuple[TurningPoint, ...]
    is_whole: bool  # every row was sent, and every truth that was to come
    seconds: float
    picture: str = field(default="", repr=False)  # SVG, where it was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a rehearsal tells what happens. `line` is for the lines of the first training."""

    line: Callable[[str], None]
    happened: Callable[[Happening], None]
    sent: Callable[[Sent], None]


def rehearse(
    folder: Path,
    table: "pa.Table",
    loop: "Loop",
    plan: RehearsalPlan,
    voice: Voice,
    *,
    distort: "Sequence[Distortion | OutcomeDistortion]" = (),
    seed: int = 0,
    wait_for_jobs: bool = True,
    title: str = "",
) -> Rehearsed:
    """Play it in `folder`. An interruption ends the sending cleanly, and what came of it so far is told.

    With a `title` there is a picture under it.

    Raises what training and `Endpoint.replay` raise, Conflict where there is a project already.
    """
    begun = time.monotonic()
    with Rehearsal(folder, loop, speed=plan.speed, heard=voice.happened) as rehearsal:
        first = rehearsal.begin(table.slice(0, plan.first), progress=voice.line)
        window = min(max(plan.after_outcomes, LEAST_WINDOW), MOST_WINDOW)
        with rehearsal.replay(
            table.slice(plan.first),
            rate=plan.rate,
            outcome_delay=plan.outcome_delay,
            distort=distort,
            seed=seed,
        ) as replay:
            sent = replay.progress
            with suppress(KeyboardInterrupt):
                rehearsal.send(replay, wait_for_jobs=wait_for_jobs, watch=voice.sent)
                rehearsal.settle(replay, within_s=_end_s(plan), watch=voice.sent)
            sent = replay.stop()
            is_whole = replay.is_over and not sent.truth_waiting
        scores = rehearsal.scores(first)
        return Rehearsed(
            plan=plan,
            sent=sent,
            first=str(first),
            champion=rehearsal.endpoint.status().champion,
            promotions=rehearsal.count("promoted"),
            refusals=rehearsal.count("refused"),
            rollbacks=rehearsal.count("rolled back"),
            drift_alerts=rehearsal.alerts("drift"),
            quality_alerts=rehearsal.alerts("quality"),
            worth=scores.worth(str(first)),
            turning_points=rehearsal.turning_points(scores, window=window),
            picture=rehearsal.picture(scores, title, first) if title else "",
            is_whole=is_whole,
            seconds=round(time.monotonic() - begun, 1),
        )


def _end_s(plan: RehearsalPlan) -> float:
    return END_S + plan.outcome_delay.total_seconds() / plan.speed
