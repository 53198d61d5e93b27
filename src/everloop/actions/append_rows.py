"""Add rows to a dataset."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from everloop.actions.context import Change, Context, answered, recorded
from everloop.errors import InvalidRequest
from everloop.records.dataset import DatasetVersion
from everloop.records.moments import passed, text_of
from everloop.records.names import checked_name
from everloop.stores.metadata import Transaction

if TYPE_CHECKING:
    from everloop.datasets.append import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendRequest:
    """Where the rows go. `new_categories` lets texts in that a category has not had.

    `until` is how far they reach: nothing in them happened or became known later; None: now. It is text that
    `moment_of` reads, the same at every door.
    """

    dataset: str
    note: str = ""
    new_categories: bool = False
    until: str | None = None


def append_rows(context: Context, request: AppendRequest) -> DatasetVersion:
    """Append the rows that came with the call; raises SchemaMismatch or InvalidRequest, and then adds nothing.

    Raises WorkspaceBusy where other appends to the dataset take too long.
    """
    from everloop.datasets.append import appending, rows_to_add, written

    checked_name(request.dataset, "dataset")
    until = None if request.until is None else passed(request.until, context.clock.now())
    if until is not None:
        request = replace(request, until=text_of(until))  # in other words it is the same request
    if context.table is None:
        raise InvalidRequest("An append takes rows.")
    earlier = answered(context, "append_rows", request, DatasetVersion)
    if earlier is not None:
        return earlier
    rows = rows_to_add(context.metadata, request.dataset, context.table)
    with appending(context.layout, request.dataset):
        new = written(
            context.metadata,
            context.tables,
            dataset=request.dataset,
            rows=rows,
            key=context.key,
            clock=context.clock,
            note=request.note,
            new_categories=request.new_categories,
            until=until,
        )
        return recorded(context, "append_rows", request, DatasetVersion, lambda t: _record(request, new, t))


def _record(request: AppendRequest, new: "Written", transaction: Transaction) -> Change[DatasetVersion]:
    from everloop.datasets.append import record

    before, version = new.before, record(transaction, new)
    return Change(
        result=version,
        subject=f"dataset:{request.dataset}",
        before={"version": before.number, "rows": before.rows} if before else {},
        after={"version": version.number, "rows": version.rows, "digest": version.digest},
        reason=request.note,
        happened=new.adds,
    )
