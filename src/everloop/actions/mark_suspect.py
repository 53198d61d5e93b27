"""Mark a dataset version suspect: what it added is learned from no more. Its number and its digest stay."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.datasets.versions import version_of
from everloop.errors import InvalidRequest
from everloop.records.dataset import DatasetVersion
from everloop.records.names import checked_name
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSuspectRequest:
    """Which version, and why; or that it is sound after all."""

    dataset: str
    version: int
    reason: str = ""
    clear: bool = False


def mark_suspect(context: Context, request: MarkSuspectRequest) -> DatasetVersion:
    """Mark it, or clear it; raises NotFound for an unknown version, InvalidRequest without a reason to mark it."""
    checked_name(request.dataset, "dataset")
    if bool(request.reason.strip()) == request.clear:
        raise InvalidRequest(
            "A version is marked suspect for a reason, and cleared without one.",
            remedy='Give reason="...", or clear=True.',
        )
    return recorded(context, "mark_suspect", request, DatasetVersion, lambda t: _mark(request, t))


def _mark(request: MarkSuspectRequest, transaction: Transaction) -> Change[DatasetVersion]:
    version = version_of(transaction, request.dataset, request.version)
    marked = replace(version, suspect="" if request.clear else request.reason.strip())
    if marked != version:
        transaction.replace(marked)
    return Change(
        result=marked,
        subject=f"dataset:{version.dataset}",
        before={"version": version.number, "suspect": version.suspect},
        after={"version": version.number, "suspect": marked.suspect, "rows": version.added},
        reason=marked.suspect,
        happened=marked != version,
    )
