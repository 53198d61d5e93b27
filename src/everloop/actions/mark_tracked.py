"""Record that a run is mirrored in MLflow."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.finish_run import known_run
from everloop.records.run import Run
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTrackedRequest:
    """Our run, and the MLflow run's own id."""

    run: str
    tracking_id: str


def mark_tracked(context: Context, request: MarkTrackedRequest) -> Run:
    """Keep the MLflow run's id with ours; raises NotFound for an unknown run."""
    return recorded(context, "mark_tracked", request, Run, lambda t: _mark(request, t))


def _mark(request: MarkTrackedRequest, transaction: Transaction) -> Change[Run]:
    run = known_run(transaction, request.run)
    tracked = replace(run, tracking="logged", tracking_id=request.tracking_id)
    if tracked != run:
        transaction.replace(tracked)
    return Change(
        result=tracked,
        subject=f"model:{run.model}",
        before={"tracking": run.tracking},
        after={"tracking": "logged", "mlflow_run": request.tracking_id},
        happened=tracked != run,
    )
