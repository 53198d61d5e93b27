"""Work of a cycle: the dataset version to learn from, with what has matured in the ledger folded into it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.actions.context import OURS, Change, Context, answered, recorded
from everloop.actions.cycles import loop_of_cycle
from everloop.datasets.append import appending, record, written
from everloop.datasets.captured import CapturedRows, as_dataset_rows
from everloop.datasets.content import read
from everloop.datasets.folded import keep_ids, not_folded
from everloop.datasets.held_back import held_back_from
from everloop.datasets.versions import version_of, versions
from everloop.ledger.ledger import Ledger
from everloop.loop.sight import Pinned
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.loop import LoopRecord
from everloop.records.model_version import ModelVersion
from everloop.records.signature import Label

pc: Any = _compute

NEEDED = ("id", "served_at", "error", "unread_body")  # to tell which answers are new


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldRequest:
    """Which step of which cycle folds."""

    cycle: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Rows to append, whose answers they are, and from when on answers are held back."""

    rows: pa.Table
    predictions: str  # digest of the ids
    first: datetime
    last: datetime
    held_back: int
    evaluate_from: datetime | None
    refused: tuple[str, ...]

    @property
    def note(self) -> str:
        """Of the version, for people."""
        served = f"{self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC"
        return f"{self.rows.num_rows} rows from the ledger, served {served}"


def pin_data(context: Context, cycle: Cycle) -> Pinned:
    """Fold the answers that matured since into the loop's dataset, all but the latest, and answer its version.

    An answer is folded once, whenever its truth came; see docs/decisions/0013. Asked again, also after a crash, it
    answers what was done. Raises NotFound for an unknown loop or dataset, SchemaMismatch where what was captured
    cannot be rows of it, WorkspaceBusy where other appends to the dataset take too long.
    """
    keyed = replace(context, key=f"{OURS}{cycle.id}/{cycle.step}/fold")
    request = FoldRequest(cycle=cycle.id, step=cycle.step)
    with context.metadata.transaction() as transaction:
        loop = loop_of_cycle(transaction, cycle)
    with appending(context.layout, loop.dataset):  # what is new depends on the versions that there are
        earlier = answered(keyed, "fold_answers", request, Pinned)
        return earlier or _pinned(keyed, request, cycle, loop)


def _pinned(context: Context, request: FoldRequest, cycle: Cycle, loop: LoopRecord) -> Pinned:
    with context.metadata.transaction() as transaction:
        newest = version_of(transaction, loop.dataset)
        history = tuple(versions(transaction, loop.dataset))
    fold, told = _fold(context, cycle, loop, history)
    if fold is None:
        detail = f"{newest} as it is: {told}"
        return Pinned(version=newest.number, evaluate_from=newest.covers_until, detail=detail)
    new = written(
        context.metadata,
        context.tables,
        dataset=loop.dataset,
        rows=fold.rows,
        key=context.key,
        clock=context.clock,
        note=fold.note,
        new_categories=True,
        until=fold.last,
        predictions=fold.predictions,
    )
    return recorded(context, "fold_answers", request, Pinned, lambda t: _change(fold, newest, record(t, new)))


def _fold(
    context: Context, cycle: Cycle, loop: LoopRecord, history: tuple[DatasetVersion, ...]
) -> tuple[Fold | None, str]:
    """What there is to fold, or None and why there is nothing."""
    ledger = Ledger(context.tables, context.layout, context.clock)
    fresh = _fresh(context, ledger, loop, history)
    if fresh.num_rows == 0:
        return None, "no new answer has a truth to learn from"
    newest = history[-1]
    cut = held_back_from(fresh["served_at"], cycle.policy.evaluation_share, newest.covers_until)
    early = fresh if cut is None else fresh.filter(pc.less(fresh["served_at"], pa.scalar(cut)))
    captured = _captured(ledger, loop.endpoint, early)
    found = as_dataset_rows(
        captured,
        early["truth"],
        newest.fields,
        loop.target.outcome,
        classes=_classes(context, cycle, newest, loop.target.outcome),
    )
    if found.rows.num_rows == 0:
        return None, "; ".join(found.refused)
    return _taken(context, early, found, cut, held_back=fresh.num_rows - early.num_rows), ""


def _classes(context: Context, cycle: Cycle, data: DatasetVersion, target: str) -> tuple[Label, ...]:
    """The classes that the champion or the dataset knows; none of a regression."""
    with context.metadata.transaction() as transaction:
        champion = transaction.get(ModelVersion, cycle.champion.model, cycle.champion.number)
    if champion is None or champion.signature.task != "classification":
        return ()
    known: list[Any] = read(context.tables, data, [target])[target].unique().drop_null().to_pylist()
    return (*champion.signature.classes, *known)


def _fresh(
    context: Context, ledger: Ledger, loop: LoopRecord, history: tuple[DatasetVersion, ...]
) -> pa.Table:
    """Answers that are mature, have a truth and can be read, and that no version holds; the first served first."""
    now = context.clock.now()
    seen = ledger.joined(loop.endpoint, loop.target, now, known_by=now, columns=NEEDED)
    usable = pc.and_(seen["error"].is_null(), seen["unread_body"].is_null())
    seen = seen.filter(pc.and_(usable, seen["truth"].is_valid()))
    seen = seen.filter(not_folded(context.blobs, history, seen["id"]))
    return seen.select(["id", "served_at", "truth"]).sort_by("served_at")


def _captured(ledger: Ledger, endpoint: str, early: pa.Table) -> pa.Table:
    """What callers sent for these answers, in their order."""
    rows = ledger.predictions(endpoint, since=early["served_at"][0].as_py())
    return rows.take(pc.index_in(early["id"], value_set=rows["id"].combine_chunks()))


def _taken(
    context: Context, early: pa.Table, found: CapturedRows, cut: datetime | None, *, held_back: int
) -> Fold:
    taken = early.filter(pa.array(np.asarray(found.taken)))
    return Fold(
        rows=found.rows,
        predictions=keep_ids(context.blobs, taken["id"]),
        first=taken["served_at"][0].as_py(),
        last=taken["served_at"][-1].as_py(),
        held_back=held_back,
        evaluate_from=cut,
        refused=found.refused,
    )


def _change(fold: Fold, before: DatasetVersion, version: DatasetVersion) -> Change[Pinned]:
    evaluate_from = fold.evaluate_from or version.covers_until
    detail = "; ".join((f"{version.told}: {fold.note}, {fold.held_back} later ones held back", *fold.refused))
    return Change(
        result=Pinned(version=version.number, evaluate_from=evaluate_from, detail=detail),
        subject=f"dataset:{version.dataset}",
        before={"version": before.number, "rows": before.rows},
        after={"version": version.number, "rows": version.rows, "digest": version.digest},
        evidence={"answers": fold.predictions, "held_back": fold.held_back, "refused": list(fold.refused)},
        reason=detail,
    )
