"""Predictions and their outcomes: what is mature, and what is to be learned from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc, table
from everloop.ledger.labels import KINDS, as_kind, common_kind, label_columns, whole_numbers
from everloop.ledger.prediction_rows import MOMENT
from everloop.ledger.settled import microseconds, that_count
from everloop.ledger.sql import run
from everloop.records.target import TargetRule

COLUMNS = ("id", "served_at", *(f"output.{kind}" for kind in KINDS), "probabilities")  # that `joined` needs


@dataclass(frozen=True, slots=True)
class Matched:
    """For each prediction its outcome and its maturity, all of one length."""

    outcomes: pa.Table  # settled outcomes, null where there is none
    mature: Column
    mature_at: Column  # null where the target has no window


def matched(predictions: pa.Table, outcomes: pa.Table, target: TargetRule, now: datetime) -> Matched:
    """The outcome of each prediction under `target`, of settled `outcomes`, and whether it is mature at `now`.

    `predictions` needs `id` and `served_at`. An outcome that happened after the window does not count; of those
    inside it the latest revision does. Without a window, a prediction is mature once it has an outcome.
    """
    of_target = that_count(outcomes.filter(pc.equal(outcomes["name"], pa.scalar(target.outcome))))
    found = of_target.take(_places(predictions, of_target, target))
    if target.within is None:
        never = pa.nulls(predictions.num_rows, MOMENT)
        return Matched(found, found["prediction"].is_valid(), never)
    closes = pc.add(predictions["served_at"].cast(MOMENT), pa.scalar(target.within, pa.duration("us")))
    return Matched(found, pc.less_equal(closes, pa.scalar(now, MOMENT)), closes)


def joined(predictions: pa.Table, outcomes: pa.Table, target: TargetRule, now: datetime) -> pa.Table:
    """Every prediction, in its order, with the columns that the target adds.

    `outcome` is the value that counts so far, with `happened_at`, `learned_at`, `source`, `probability` and
    `revision`; `mature` and `mature_at` say whether and when it is final; `truth` is what is learned, null until
    then: the outcome, or the target's `otherwise` where the window closed without one. `output`, `outcome` and
    `truth` are of one type, so that they can be compared.
    """
    match = matched(predictions, outcomes, target, now)
    labels = _labels(predictions, match, target)
    first = predictions.schema.get_field_index("output.number")
    rows = predictions.drop_columns([f"output.{kind}" for kind in KINDS])
    rows = rows.add_column(first, "output", labels["output"]).append_column("outcome", labels["outcome"])
    for name in ("happened_at", "learned_at", "source", "probability", "revision"):
        rows = rows.append_column(
            name if name != "probability" else "outcome_probability", match.outcomes[name]
        )
    rows = rows.append_column("mature", match.mature).append_column("mature_at", match.mature_at)
    return rows.append_column("truth", labels["truth"])


def _places(predictions: pa.Table, outcomes: pa.Table, target: TargetRule) -> Column:
    """For each prediction the place of its outcome, or null."""
    places = np.full(predictions.num_rows, -1, np.int64)
    if outcomes.num_rows and predictions.num_rows:
        within = None if target.within is None else target.within // timedelta(microseconds=1)
        tables = {"predicted": _predicted(predictions), "settled": _settled(outcomes)}
        found = run("match", tables, {"within": within})
        places[found["place"].to_numpy()] = found["outcome"].to_numpy()
    return pa.array(places, mask=places < 0)


def _predicted(predictions: pa.Table) -> pa.Table:
    served = microseconds(predictions["served_at"])
    return table({"place": np.arange(predictions.num_rows), "id": predictions["id"], "served": served})


def _settled(outcomes: pa.Table) -> pa.Table:
    return table(
        {
            "place": np.arange(outcomes.num_rows),
            "prediction": outcomes["prediction"],
            "happened": microseconds(outcomes["happened_at"]),
            "revision": outcomes["revision"],
        }
    )


def _labels(predictions: pa.Table, match: Matched, target: TargetRule) -> dict[str, Column]:
    """`output`, `outcome` and `truth`, of one type."""
    otherwise = label_columns("otherwise", [target.otherwise])
    silence = pa.table({name: pa.repeat(array[0], predictions.num_rows) for name, array in otherwise.items()})
    sources: list[tuple[pa.Table, str]] = [
        (predictions, "output"),
        (match.outcomes, "value"),
        (silence, "otherwise"),
    ]
    kind = common_kind(sources)
    output, outcome, unless = (as_kind(rows, prefix, kind) for rows, prefix in sources)
    truth: Any = pc.if_else(
        match.mature, pc.if_else(match.outcomes["prediction"].is_valid(), outcome, unless), None
    )
    labels = {"output": output, "outcome": outcome, "truth": truth}
    if kind != "number" or predictions["probabilities"].null_count == predictions.num_rows:
        return labels
    whole = {name: whole_numbers(column) for name, column in labels.items()}  # classes, not quantities
    return whole if len({column.type for column in whole.values()}) == 1 else labels
