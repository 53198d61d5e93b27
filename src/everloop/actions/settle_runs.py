"""Put runs right that went on, or ended, while nobody had the workspace open."""

from collections.abc import Sequence
from dataclasses import replace

from everloop.actions.context import OURS, Context
from everloop.actions.finish_run import FinishRunRequest, finish_run
from everloop.actions.mark_tracked import MarkTrackedRequest, mark_tracked
from everloop.records.run import Run
from everloop.training.claim import is_claimed
from everloop.training.tracking import tracking_id

REASON = "The process that carried it out ended before it did. Train again."


def settle_runs(context: Context) -> None:
    """End the running runs that nobody carries out, and record the MLflow runs that were logged meanwhile."""
    with context.metadata.transaction() as transaction:
        running = transaction.find(Run, state="running")
        untracked = untracked_runs(transaction.find(Run, tracking="pending"))
    for run in running:
        if not is_claimed(context.layout, run.id):
            finish_run(
                replace(context, key=f"{OURS}interrupt-{run.id}"),
                FinishRunRequest(run=run.id, state="interrupted", error=REASON),
            )
    for run in untracked:
        if found := tracking_id(context.layout, run.id):
            request = MarkTrackedRequest(run=run.id, tracking_id=found)
            mark_tracked(replace(context, key=f"{OURS}tracked-{run.id}"), request)


def untracked_runs(pending: Sequence[Run]) -> list[Run]:
    """Those that ended with a version and have no MLflow run yet."""
    return [run for run in pending if run.state == "finished"]
