"""The candidate's lead over time: the verdict on quality as it stood when so many truths had come in."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from everloop.evidence.policies.no_worse import NoWorse
from everloop.ledger.arrow import Numbers, pc
from everloop.records.verdict import Verdict
from everloop.rollouts.frame import Frame
from everloop.rollouts.observed import Judged
from everloop.rollouts.tallies import Tallies
from everloop.rollouts.watch import QUALITY


def lead(
    rows: pa.Table, judged: Judged, policy: NoWorse, *, points: int
) -> Iterator[tuple[datetime, Verdict]]:
    """The verdict at so many moments at most, the first and the last among them, each with the truths known by then.

    `rows` are those of `Ledger.rollout`, for which `judged` was made. Each row is counted once.
    """
    laid_out, rows = judged.layout.rollout(rows)
    moments = np.asarray(pc.coalesce(rows["learned_at"], rows["mature_at"]).cast(pa.int64()))
    order = np.flatnonzero(np.asarray(rows["truth"].is_valid()))
    order = order[np.argsort(moments[order], kind="stable")]
    known = moments[order]
    frame = Frame.of(laid_out, judged.scorer)
    counter, tallies, start = judged.counter(frame), Tallies(), 0
    for at in _moments(known, points):
        stop = int(np.searchsorted(known, at, side="right"))
        tallies = tallies.plus(counter.quality(laid_out[order[start:stop]]))
        start = stop
        verdict = policy.judge(judged.differences(tallies, frame), name=QUALITY)
        yield datetime.fromtimestamp(at / 1e6, UTC), verdict


def _moments(known: Numbers, points: int) -> list[int]:
    """Some of these moments, which are in their order."""
    if not len(known):
        return []
    places = np.linspace(0, len(known) - 1, points).astype(int)
    return [int(moment) for moment in np.unique(known[places])]
