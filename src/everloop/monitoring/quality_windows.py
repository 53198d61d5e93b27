"""Quality over time: the rows that versions saw, cut into consecutive windows of one version each."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.evidence.estimate import Estimate
from everloop.evidence.estimates import mean_absolute_error, proportion
from everloop.ledger.arrow import Column, pc
from everloop.ledger.labels import as_numbers
from everloop.monitoring.quality import Task
from everloop.monitoring.quality_point import QualityPoint
from everloop.records.routes import CANDIDATE, CHAMPION

LEAST = 25  # rows of a window: with fewer its interval says nothing
BEGINS = {  # a stretch ends where one of these changes
    CHAMPION: ("model", "version"),
    CANDIDATE: ("model", "version", "rollout"),
}

Role = Literal["champion", "candidate"]
Numbers = npt.NDArray[np.float64]


def quality_windows(rows: pa.Table, task: Task, *, points: int, role: Role) -> tuple[QualityPoint, ...]:
    """About `points` windows of what versions in this `role` made of `rows`; never two versions in one.

    `rows` have `output`, `truth`, `variant`, `model`, `version`, `rollout`, `served_at` and `route_table`; those
    without output or truth do not count. Where a champion comes or goes a window ends, also where workers followed a
    moment apart. Windows have one size, which doubles as rows come, so that a picture of them stands still; each
    version's last has what is left.
    """
    mine = _scored(rows, task, role)
    if mine is None:
        return ()
    counts = np.unique(mine["stretch"].to_numpy(), return_counts=True)[1]
    cuts = list(_cuts([int(count) for count in counts], max(1, points)))
    return tuple(p for start, end in cuts if (p := _point(mine.slice(start, end - start), task)) is not None)


def newest_stretch(rows: pa.Table, task: Task, *, role: Role) -> QualityPoint | None:
    """What the last version in this `role` made of `rows`, all in one; None where no truth is known."""
    mine = _scored(rows, task, role)
    if mine is None:
        return None
    return _point(mine.filter(pc.equal(mine["stretch"], pc.max(mine["stretch"]))), task)


def _scored(rows: pa.Table, task: Task, role: Role) -> pa.Table | None:
    """The rows of this `role` with their `score` and their `stretch`, in order; None where there are none."""
    if rows["truth"].null_count == rows.num_rows:  # a column of nulls alone has no type to compare
        return None
    scores = _scores(rows, task)
    mine = rows.append_column("score", scores).filter(
        pc.and_(pc.equal(rows["variant"], role), scores.is_valid())
    )
    if mine.num_rows == 0:
        return None
    mine = mine.append_column("stretch", _stretches(mine, BEGINS[role]))
    return mine.sort_by([("stretch", "ascending"), ("served_at", "ascending")])


def _scores(rows: pa.Table, task: Task) -> Column:
    """Right is 1, wrong is 0; of numbers the absolute error. Null where it cannot be told."""
    if task == "classification":
        return pc.equal(rows["output"], rows["truth"]).cast(pa.float64())
    return pc.abs(pc.subtract(as_numbers(rows["output"]), as_numbers(rows["truth"])))


def _stretches(rows: pa.Table, begins: Sequence[str]) -> Column:
    """For each row the number of its stretch.

    Told by the route tables, which are numbered in their order: while a version has the place, none of its tables
    names another.
    """
    heads = rows.group_by(["route_table", *begins]).aggregate([]).sort_by("route_table")
    told = list(zip(*(heads[name].to_pylist() for name in begins), strict=True))
    changes = [n > 0 and told[n] != told[n - 1] for n in range(len(told))]
    numbers: Column = pa.array(np.cumsum(changes))
    stretches: Column = numbers.take(
        pc.index_in(rows["route_table"], value_set=heads["route_table"].combine_chunks()).combine_chunks()
    )
    return stretches


def _cuts(counts: Sequence[int], points: int) -> Iterator[tuple[int, int]]:
    """First and last row of each window, the newest `points` of them."""
    size = LEAST
    while sum(_parts(count, size) for count in counts) > points and size < max(counts):
        size *= 2
    found, start = [], 0
    for count in counts:
        starts = [start + n * size for n in range(_parts(count, size))]
        start += count
        found += list(zip(starts, [*starts[1:], start], strict=True))
    yield from found[-points:]


def _parts(count: int, size: int) -> int:
    """Windows of a stretch: one that would be less than half full goes with the one before it."""
    return max(1, (count + size // 2) // size)


def _point(rows: pa.Table, task: Task) -> QualityPoint | None:
    estimate = _estimate(rows["score"].to_numpy(), task)
    if estimate is None:
        return None
    return QualityPoint(
        since=rows["served_at"][0].as_py(),
        until=rows["served_at"][-1].as_py(),
        rows=estimate.rows,
        model=rows["model"][0].as_py(),
        version=rows["version"][0].as_py(),
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
    )


def _estimate(scores: Numbers, task: Task) -> Estimate | None:
    if task == "classification":
        return proportion(int(scores.sum()), len(scores), "accuracy")
    return mean_absolute_error(scores, np.zeros(len(scores)))
