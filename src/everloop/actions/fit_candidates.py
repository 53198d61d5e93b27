"""Work of a cycle: the champion's own recipe and its rivals, fitted on the pinned data beside one another."""

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Event as Flag

from everloop.actions.context import OURS, Context
from everloop.actions.cycles import loop_of_cycle
from everloop.actions.finish_run import FinishRunRequest, finish_run, known_run
from everloop.actions.refit import kept_recipe
from everloop.actions.settle_runs import REASON
from everloop.actions.start_run import StartRunRequest, start_run
from everloop.errors import EverloopError, RecipeRefused, WorkspaceError
from everloop.events import log as events
from everloop.jobs.worker import Stopped
from everloop.loop.sight import Fitted
from everloop.records.codec import from_json
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopRecord
from everloop.records.model_version import ModelVersion
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.registry.versions import known_version
from everloop.training.claim import is_claimed

log = logging.getLogger("everloop.loop")

ATTEMPTS = 3  # of a fit that is interrupted with the process that carries it out
POLL_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A recipe that is fitted in this cycle."""

    name: str
    digest: str  # of the recipe
    recipe: RecipeRecord
    estimator: str  # digest


@dataclass(slots=True)
class _Fits:
    """What is waiting, under way and ended; each with its attempt, from 1."""

    waiting: deque[tuple[Contestant, int]]
    under_way: dict[str, tuple[Contestant, int]] = field(default_factory=dict)
    ended: dict[str, Run] = field(default_factory=dict)  # by recipe
    runs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def fit_candidates(context: Context, cycle: Cycle, stopping: Flag | None = None) -> Fitted:
    """Fit every recipe once, `training.parallel` of them at a time, and wait for the versions.

    Asked again, also after a crash, it goes on with the runs that there are; one that was interrupted is started
    again. A recipe that fails is told, and the others go on. A version that equals the champion is no candidate.
    Raises Stopped when `stopping` is set: the runs go on, or are settled as interrupted when the process ends.
    """
    with context.metadata.transaction() as transaction:
        loop = loop_of_cycle(transaction, cycle)
        champion = known_version(transaction, cycle.champion.model, cycle.champion.number)
    contestants, errors = _contestants(context, loop, champion)
    fits = _Fits(deque((each, 1) for each in contestants), errors=errors)
    while fits.waiting or fits.under_way:
        while fits.waiting and len(fits.under_way) < context.settings.training.parallel:
            _begin(context, cycle, loop, fits)
        _gather(context, fits)
        if fits.under_way:
            _pause(stopping)
    return _fitted(contestants, fits, champion)


def _contestants(
    context: Context, loop: LoopRecord, champion: ModelVersion
) -> tuple[tuple[Contestant, ...], list[str]]:
    """The champion's recipe first, then the rivals that differ from it and from one another."""
    found: list[Contestant] = []
    errors: list[str] = []
    try:
        if not _has_no_recipe(champion, loop):
            recipe, estimator = kept_recipe(context, champion)
            found.append(
                Contestant(name=str(champion), digest=champion.recipe, recipe=recipe, estimator=estimator)
            )
    except RecipeRefused as error:
        errors.append(str(error))
    for each in loop.recipes:
        recipe = from_json(RecipeRecord, context.blobs.read(each.recipe))
        if not any(recipe.learns_like(other.recipe) for other in found):
            rival = Contestant(name=each.name, digest=each.recipe, recipe=recipe, estimator=each.estimator)
            found.append(rival)
    return tuple(found), errors


def _has_no_recipe(champion: ModelVersion, loop: LoopRecord) -> bool:
    """Whether the champion was not made here. Of an imported one that is told where the loop has no recipe either."""
    return champion.served_elsewhere or (champion.imported is not None and bool(loop.recipes))


def _begin(context: Context, cycle: Cycle, loop: LoopRecord, fits: _Fits) -> None:
    """Start the next one, or find the run that was started before a crash."""
    contestant, attempt = fits.waiting.popleft()
    key = f"{OURS}{cycle.id}/{cycle.step}/fit-{contestant.digest[:16]}-{attempt}"
    try:
        run = _begun(context, key) or _start(replace(context, key=key), cycle, loop, contestant).id
    except WorkspaceError:
        raise
    except EverloopError as error:
        fits.errors.append(f"{contestant.name}: {error}")
        return
    log.info("cycle %s: %s is fitted in %s, attempt %d", cycle.id, contestant.name, run, attempt)
    fits.runs.append(run)
    fits.under_way[run] = (contestant, attempt)


def _begun(context: Context, key: str) -> str:
    """The run that was started under the key, or nothing."""
    with context.metadata.transaction() as transaction:
        event = events.by_key(transaction, key)
    return "" if event is None else str(event.after["run"])


def _start(context: Context, cycle: Cycle, loop: LoopRecord, contestant: Contestant) -> Run:
    request = StartRunRequest(
        model=loop.model,
        dataset=loop.dataset,
        dataset_version=cycle.data,
        recipe=contestant.recipe,
        kept_estimator=contestant.estimator,
        window=cycle.policy.window,
        reason=f"cycle {cycle.id} refits {contestant.name}",
    )
    return start_run(context, request)


def _gather(context: Context, fits: _Fits) -> None:
    """Take note of the runs that have ended; who was interrupted waits for another attempt."""
    for run_id, (contestant, attempt) in list(fits.under_way.items()):
        run = _looked_at(context, run_id)
        if run.state == "running":
            continue
        del fits.under_way[run_id]
        if run.state == "interrupted" and attempt < ATTEMPTS:
            fits.waiting.append((contestant, attempt + 1))
        else:
            fits.ended[contestant.digest] = run


def _looked_at(context: Context, run_id: str) -> Run:
    """The run; one that nobody carries out any more is ended as interrupted."""
    alive = is_claimed(context.layout, run_id)
    with context.metadata.transaction() as transaction:
        run = known_run(
            transaction, run_id
        )  # after the look: whoever ends a run does so before letting it go
    if alive or run.state != "running":
        return run
    interrupted = FinishRunRequest(run=run_id, state="interrupted", error=REASON)
    return finish_run(replace(context, key=f"{OURS}interrupt-{run_id}"), interrupted)


def _pause(stopping: Flag | None) -> None:
    if stopping is None:
        time.sleep(POLL_S)
    elif stopping.wait(POLL_S):
        raise Stopped


def _fitted(contestants: Sequence[Contestant], fits: _Fits, champion: ModelVersion) -> Fitted:
    candidates: list[VersionRef] = []
    errors, same = list(fits.errors), list[VersionRef]()
    bundles = {champion.bundle: str(champion)}
    for contestant in contestants:
        run = fits.ended.get(contestant.digest)
        if run is None:
            continue  # it could not be started: told already
        if run.version is None or run.bundle is None:
            errors.append(f"{contestant.name}: {run.error}")
            continue
        made = VersionRef(model=run.model, number=run.version)
        if run.bundle in bundles:
            errors.append(f"{contestant.name}: {made} is {bundles[run.bundle]} again: nothing changed")
            same.append(made)
            continue
        bundles[run.bundle] = str(made)
        candidates.append(made)
    return Fitted(runs=tuple(fits.runs), candidates=tuple(candidates), errors=tuple(errors), same=tuple(same))
