"""A table of the past as a rehearsal takes it, and the loop that is made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.accept import to_arrow
from everloop.errors import InvalidRequest
from everloop.loop.declared import Loop
from everloop.loop.gates import BeatsBaseline, NoWorse
from everloop.loop.plans import Canary
from everloop.loop.triggers import AfterOutcomes, OnDrift
from everloop.training.recipe import ROW_ORDER, Recipe
from everloop.training.task import Kind, task_of
from everloop.workspace.moments import in_order

if TYPE_CHECKING:
    from everloop.datasets.accept import Rows
    from everloop.workspace.rehearsal_plan import RehearsalPlan

pc: Any = _compute
ANY_SHIFT = 1.0  # every truth comes, so quality decides: where the world moves, better answers are other ones


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTable:
    """Rows in the order in which they are lived through, without the columns that no model is to read."""

    table: pa.Table
    target: str
    task: Kind
    time: str  # the column that ordered them; empty: they lie as they lay
    dropped: tuple[str, ...]
    without_truth: int  # rows that were left out, because nothing is known of them

    @property
    def spread(self) -> float | None:
        """The standard deviation of a target that is a number."""
        return (
            None
            if self.task == "classification"
            else float(pc.stddev(self.table[self.target]).as_py() or 0.0)
        )

    def lines(self) -> list[str]:
        """For people."""
        order = f"in the order of {self.time!r}" if self.time else "in the order in which they lie (--time)"
        told = [f"{self.task} of {self.target!r} by {self.table.num_columns - 1} columns, {order}"]
        if self.without_truth:
            told.append(f"{self.without_truth:,} rows without a value of {self.target!r} are left out")
        if self.dropped:
            told.append(f"left out: {', '.join(self.dropped)}")
        return told

    def loop(self, name: str, plan: "RehearsalPlan", *, seed: int) -> Loop:
        """The loop that turns by itself as the plan says, with LightGBM as its recipe."""
        recipe = Recipe(
            target=self.target, task=self.task, seed=seed, order_by=ROW_ORDER if self.time else None
        )
        return Loop(
            name,
            recipe=recipe,
            mode="act",
            gates=[NoWorse(margin=plan.margin), BeatsBaseline("brier" if self.spread is None else "")],
            rollout=Canary(
                steps=plan.steps, bake=plan.bake, max_wait=plan.max_wait, margin=plan.margin, shift=ANY_SHIFT
            ),
            triggers=[AfterOutcomes(plan.after_outcomes), OnDrift()],
            patience=plan.patience,
        )


def read_table(
    rows: "Rows", *, target: str, time: str = "", drop: Sequence[str] = (), limit: int | None = None
) -> PastTable:
    """Raises InvalidData for a table that cannot be read, InvalidRequest for columns that it does not have."""
    table = to_arrow(rows)
    for name in (target, *drop):
        if name not in table.column_names:
            raise InvalidRequest(
                f"The table has no column {name!r}.", remedy=f"It has {', '.join(table.column_names)}."
            )
    if target in (time, *drop):
        raise InvalidRequest(f"{target!r} is the target: it is neither the time nor left out.")
    if time:
        table = in_order(table, time)
    known = table.filter(table[target].is_valid())
    dropped = [*([time] if time else []), *(name for name in drop if name != time)]
    kept = known.drop_columns(dropped).slice(0, limit)
    return PastTable(
        table=kept,
        target=target,
        task=task_of(kept[target]),
        time=time,
        dropped=tuple(dropped),
        without_truth=table.num_rows - known.num_rows,
    )
