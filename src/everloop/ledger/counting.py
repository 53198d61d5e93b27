"""Counts the rows of a ledger."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from everloop.ledger.arrow import Column, pc
from everloop.ledger.counts import Counts
from everloop.ledger.join import matched
from everloop.ledger.settled import that_count
from everloop.records.target import TargetRule

COLUMNS = ("id", "served_at", "shadow", "error", "handed_over")


def counts(predictions: pa.Table, outcomes: pa.Table, target: TargetRule | None, now: datetime) -> Counts:
    """The counts of `predictions` (with `COLUMNS`) and settled `outcomes`; those of maturity need a target."""
    answered = predictions.filter(pc.invert(predictions["shadow"]))
    received = outcomes["caller_id"].null_count  # the others are these, under our ids
    outcomes = outcomes.filter(pc.invert(told_under_ours(outcomes, answered["id"])))
    standing = {v["values"]: v["counts"] for v in pc.value_counts(outcomes["standing"]).to_pylist()}
    valid = that_count(outcomes)
    place = pc.index_in(valid["prediction"], value_set=answered["id"].combine_chunks())
    served = answered["served_at"].take(place.drop_null())
    known = valid.filter(place.is_valid()).append_column("served_at", served)
    maturity = _maturity(answered, outcomes, known, target, now) if target else _Maturity(0, 0, 0)
    return Counts(
        predictions=answered.num_rows,
        failed=answered.num_rows - answered["error"].null_count,
        undelivered=_true(pc.invert(answered["handed_over"])),
        shadows=predictions.num_rows - answered.num_rows,
        received=received,
        outcomes=_by_name(known),
        duplicates=standing.get("duplicate", 0),
        corrections=standing.get("correction", 0),
        conflicts=standing.get("conflict", 0),
        unknown=pc.count_distinct(valid["prediction"].filter(place.is_null())).as_py(),
        early=_true(pc.less(known["learned_at"], known["served_at"])),
        late=maturity.late,
        mature=maturity.mature,
        with_truth=maturity.with_truth,
    )


def told_under_ours(outcomes: pa.Table, ids: Column) -> Column:
    """Which outcomes are there as they came, by a caller's own id, and under ours too. `ids` are the answers'."""
    own = outcomes["caller_id"].drop_null().unique()
    named = pc.is_in(outcomes["prediction"], value_set=own)
    if not len(own):
        return named
    ours = pc.is_in(outcomes["prediction"], value_set=ids.unique())
    return pc.and_(pc.and_(named, pc.invert(ours)), outcomes["caller_id"].is_null())


@dataclass(frozen=True, slots=True)
class _Maturity:
    late: int
    mature: int
    with_truth: int


def _maturity(
    answered: pa.Table, outcomes: pa.Table, known: pa.Table, target: TargetRule, now: datetime
) -> _Maturity:
    """`known` are the outcomes that count, with the `served_at` of their predictions."""
    match = matched(answered, outcomes, target, now)
    mature, late = _true(match.mature), 0
    with_truth = _true(pc.and_(match.mature, match.outcomes["prediction"].is_valid()))
    if target.within is not None:
        closes = pc.add(known["served_at"], pa.scalar(target.within, pa.duration("us")))
        of_target = pc.equal(known["name"], pa.scalar(target.outcome))
        late = _true(pc.and_(pc.greater(known["happened_at"], closes), of_target))
    return _Maturity(late, mature, mature if target.otherwise is not None else with_truth)


def _by_name(known: pa.Table) -> dict[str, int]:
    pairs = known.group_by(["name", "prediction"]).aggregate([])
    return dict(sorted((v["values"], v["counts"]) for v in pc.value_counts(pairs["name"]).to_pylist()))


def _true(flags: Column) -> int:
    return int(pc.sum(flags, min_count=0).as_py())
