"""End the runs that nobody carries out any more."""

from dataclasses import replace

from everloop.actions.context import Context
from everloop.actions.finish_run import FinishRunRequest, finish_run
from everloop.records.run import Run
from everloop.training.claim import is_claimed

REASON = "The process that carried it out ended before it did. Train again."


def interrupt_runs(context: Context) -> int:
    """Mark every running run that is not claimed as interrupted; answers how many there were."""
    with context.metadata.transaction() as transaction:
        running = transaction.find(Run, state="running")
    dead = [run for run in running if not is_claimed(context.layout, run.id)]
    for run in dead:
        finish_run(
            replace(context, key=f"interrupt-{run.id}"),
            FinishRunRequest(run=run.id, state="interrupted", error=REASON),
        )
    return len(dead)
