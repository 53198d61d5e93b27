"""Which of the new answers are held back from a dataset, so that gates may judge by rows that nobody learned from."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from everloop.datasets.types import Column

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def held_back_from(served_at: Column, share: float, after: datetime) -> datetime | None:
    """The moment from which on answers are held back: about the latest `share` of them; None if none can be.

    Only answers served after `after` count as held back, since a model has learned up to there already. Answers of
    one moment, as those of one request are, stay together, and at least one moment is not held back.
    """
    served = np.sort(served_at.cast(pa.int64()).to_numpy())
    late_enough = served[served > _microseconds(after)]
    starts = np.unique(late_enough)
    starts = starts[starts > served[0]] if len(served) else starts
    if len(starts) == 0:
        return None
    held_back = len(served) - np.searchsorted(served, starts, side="left")
    nearest = int(np.argmin(np.abs(held_back - share * len(served))))
    return _EPOCH + timedelta(microseconds=int(starts[nearest]))


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
