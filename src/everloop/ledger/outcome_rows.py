"""Captured outcomes to rows of the table `outcomes/<endpoint>`: all that came, as it came."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from everloop.ledger.capture import Segment
from everloop.ledger.labels import KINDS, label_columns
from everloop.ledger.prediction_rows import MOMENT

OUTCOMES = pa.schema(
    [
        ("prediction", pa.string()),
        ("name", pa.string()),
        *((f"value.{kind}", type_) for kind, type_ in KINDS.items()),
        ("happened_at", MOMENT),  # null where the caller did not say
        ("learned_at", MOMENT),
        ("source", pa.string()),
        ("probability", pa.float64()),
        ("revision", pa.int64()),  # null where the caller did not say
        ("key", pa.string()),
    ]
)
STORED = OUTCOMES.append(pa.field("caller_id", pa.string()))  # where it came by that id: see `named_outcomes`


def endpoints_told(segment: Segment) -> set[str]:
    """The endpoints that a segment holds outcomes for."""
    return {outcome.endpoint for outcome in segment.outcomes}


def outcome_rows(segments: Sequence[Segment], endpoint: str) -> pa.Table:
    """The outcomes for `endpoint` in the order in which they were received."""
    found = [outcome for segment in segments for outcome in segment.outcomes if outcome.endpoint == endpoint]
    happened = [None if o.happened_at is None else o.happened_at // 1000 for o in found]
    learned = np.array([o.learned_at for o in found], np.int64) // 1000
    columns = {
        "prediction": pa.array([o.prediction for o in found], pa.string()),
        "name": pa.array([o.name for o in found], pa.string()),
        **label_columns("value", [o.value for o in found]),
        "happened_at": pa.array(happened, pa.int64()).cast(MOMENT),
        "learned_at": pa.array(learned).cast(MOMENT),
        "source": pa.array([o.source for o in found], pa.string()),
        "probability": pa.array([o.probability for o in found], pa.float64()),
        "revision": pa.array([o.revision or None for o in found], pa.int64()),
        "key": pa.array([o.key for o in found], pa.string()),
        "caller_id": pa.nulls(len(found), pa.string()),
    }
    return pa.table(columns, schema=STORED)
