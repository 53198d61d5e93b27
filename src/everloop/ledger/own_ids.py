"""The ids that callers gave their own rows, read from captured requests that are in no table yet."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc
from everloop.ledger.capture import Answered, Segment
from everloop.ledger.prediction_rows import MOMENT

_FIELDS: list[tuple[str, Any]] = [("caller_id", pa.string()), ("id", pa.string()), ("served_at", MOMENT)]
NAMED = pa.schema(_FIELDS)


class _Ids(msgspec.Struct, gc=False):
    ids: list[str] | None = None  # the rest of the body is skipped, which takes a tenth of reading it


_decoder = msgspec.json.Decoder(_Ids)


def named_answers(segments: Sequence[Segment], endpoint: str) -> pa.Table:
    """The answers of `endpoint` whose callers gave them an id of their own, with `NAMED` columns, in their order."""
    found = [(answer, own) for answer in _answers(segments, endpoint) if (own := _own(answer))]
    served = np.array([answer.served_at for answer, own in found for _ in own], np.int64) // 1000
    columns: dict[str, Column] = {
        "caller_id": pa.array([one for _, own in found for one in own], pa.string()),
        "id": pa.array([one for answer, _ in found for one in answer.ids], pa.string()),
        "served_at": pa.array(served).cast(MOMENT),
    }
    return that_are_own(pa.table(columns, schema=NAMED))


def that_are_own(named: pa.Table) -> pa.Table:
    """Those whose own id is not ours too: answers that were recorded have no other."""
    return named.filter(pc.not_equal(named["caller_id"], named["id"]))


def _answers(segments: Sequence[Segment], endpoint: str) -> Iterator[Answered]:
    for segment in segments:
        of_endpoint = {
            number
            for number, context in segment.contexts.items()
            if context.endpoint == endpoint and not context.shadow  # a shadow's row is its answer's
        }
        for group in segment.answers:
            yield from (answer for answer in group if answer.context in of_endpoint)


def _own(answer: Answered) -> list[str]:
    if b'"ids"' not in answer.body:
        return []
    try:
        own = _decoder.decode(answer.body).ids or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return own if len(own) == len(answer.ids) else []
