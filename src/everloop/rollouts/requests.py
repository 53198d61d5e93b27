"""Rows of a rollout grouped by the requests that they came in.

A request fails or is slow as a whole, however many rows it has: one bad request of a thousand rows is one failure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Numbers, pc
from everloop.records.routes import CANDIDATE, CHAMPION

DAY_US = timedelta(days=1) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """An entry a request in each array; a row in those `of_rows`."""

    stretch: Numbers  # from 1; one more with each step of the shares, and each day
    stretch_of_rows: Numbers
    stage_of_rows: Numbers  # the number of the step in the plan, from 0
    answered_by: dict[str, Numbers]  # whether champion, or candidate, answered
    seen_by: dict[str, Numbers]  # whether it had all the rows, to answer or as a shadow
    failed_for: dict[str, Numbers]  # whether it failed on any of them
    latency_ms: Numbers  # of the answer
    answered: Numbers  # whether it did not fail


def requests_of(rows: pa.Table, steps: tuple[float, ...], since: datetime) -> Requests:
    """The requests in rows of `Ledger.rollout`, of a rollout with these shares as its steps that began at `since`.

    The number of a row's stretch never changes later: shares only rise, and so do days.
    """
    served, latency = _numbers(rows, "served_at"), _numbers(rows, "latency_ms")
    variant = rows["variant"]
    by_candidate = np.asarray(pc.equal(variant, CANDIDATE))
    order = np.lexsort((by_candidate, latency, served))  # a worker answers many requests at one moment
    new = np.zeros(len(order), bool)
    new[:1] = True
    for given in (served, latency, by_candidate):
        new[1:] |= given[order][1:] != given[order][:-1]
    starts = np.flatnonzero(new)
    first = order[starts]
    middles = (np.asarray(steps[1:]) + np.asarray(steps[:-1])) / 2
    stages = np.searchsorted(middles, _numbers(rows, "candidate_share"))
    stretches = 1 + stages + np.maximum(0, served - round(since.timestamp() * 1e6)) // DAY_US

    def of_requests(flags: Numbers, *, every: bool) -> Numbers:
        if not len(starts):
            return flags
        found: Numbers = (np.logical_and if every else np.logical_or).reduceat(flags[order], starts)
        return found

    arms = (CHAMPION, CANDIDATE)
    return Requests(
        stretch=stretches[first],
        stretch_of_rows=stretches,
        stage_of_rows=stages,
        answered_by={who: np.asarray(pc.equal(variant, who))[first] for who in arms},
        seen_by={who: of_requests(np.asarray(rows[f"{who}_seen"]), every=True) for who in arms},
        failed_for={who: of_requests(np.asarray(rows[f"{who}_failed"]), every=False) for who in arms},
        latency_ms=latency[first],
        answered=np.asarray(rows["error"].is_null())[first],
    )


def _numbers(rows: pa.Table, name: str) -> Numbers:
    column = rows[name]
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return np.asarray(column)
