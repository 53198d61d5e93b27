"""Captured answers to rows of the table `predictions/<endpoint>`, column by column."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc
from everloop.ledger.bodies import BodyReader, Inputs
from everloop.ledger.capture import Answered, Context, Segment
from everloop.ledger.labels import KINDS, label_columns, number_columns
from everloop.records.signature import Signature

MOMENT = pa.timestamp("us", "UTC")

_FIELDS: list[tuple[str, Any]] = [
    ("id", pa.string()),
    ("caller_id", pa.string()),
    ("endpoint", pa.string()),
    ("variant", pa.string()),
    ("model", pa.string()),
    ("version", pa.int64()),
    ("bundle", pa.string()),
    ("route_table", pa.int64()),
    ("rollout", pa.string()),
    ("share", pa.float64()),
    ("rung", pa.string()),
    ("shadow", pa.bool_()),
    ("key_hash", pa.string()),
    ("entities", pa.string()),  # JSON
    ("features", pa.string()),  # JSON; null where nothing was looked up
    ("feature_view", pa.string()),
    *((f"output.{kind}", type_) for kind, type_ in KINDS.items()),
    ("probabilities", pa.list_(pa.field("element", pa.float32()))),  # in the order of the classes
    ("event_at", MOMENT),
    ("served_at", MOMENT),
    ("latency_ms", pa.float64()),
    ("error", pa.string()),
    (
        "handed_over",
        pa.bool_(),
    ),  # false: its worker died right after the capture; null: it may be at it, or a shadow
    ("unread_body", pa.binary()),  # where a body could not be read; its inputs are then null
]

ENVELOPE = pa.schema(_FIELDS)


@dataclass(slots=True)
class Batch:
    """Answers of one context, in their order."""

    answers: list[Answered] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # in the order of all answers of the endpoint
    handed_over: list[bool | None] = field(default_factory=list)


def endpoints_answered(segment: Segment) -> set[str]:
    """The endpoints that a segment holds answers of."""
    named = {answer.context for group in segment.answers for answer in group}
    return {segment.contexts[number].endpoint for number in named if number in segment.contexts}


def answers_without_context(segment: Segment) -> int:
    """How many requests cannot be told apart any more, because their context's frame was damaged."""
    return sum(answer.context not in segment.contexts for group in segment.answers for answer in group)


def prediction_rows(
    segments: Sequence[Segment],
    endpoint: str,
    *,
    inputs: bool = True,
    takes: Callable[[Context], bool] = lambda context: True,
) -> pa.Table:
    """The rows of `endpoint` in the order of their capture: the envelope, then `<kind>.<input>`.

    Without `inputs` no body is read: what callers sent is null, and takes no time. Neither do rows of a context that
    `takes` says no to.
    """
    batches: dict[Context, Batch] = {}
    place = 0
    for segment in segments:
        wanted = {  # looked up by number below: a context takes long to hash
            number: batches.setdefault(context, Batch())
            for number, context in segment.contexts.items()
            if context.endpoint == endpoint and takes(context)
        }
        for group, handed_over in _groups(segment):
            for answer in group:
                batch = wanted.get(answer.context)
                if batch is not None:
                    batch.answers.append(answer)
                    batch.places.append(place)
                    batch.handed_over.append(handed_over)
                place += 1
    parts = [(context, batch) for context, batch in batches.items() if batch.answers]
    rows = pa.concat_tables(
        [ENVELOPE.empty_table(), *(_rows(context, batch, inputs) for context, batch in parts)],
        promote_options="default",
    )
    return rows if len(parts) < 2 else rows.take(_order([batch for _, batch in parts]))


def _groups(segment: Segment) -> Iterator[tuple[list[Answered], bool | None]]:
    """Each group, and whether its answers were handed over; None where that may be happening."""
    last = len(segment.answers) - 1
    for number, group in enumerate(segment.answers):
        yield group, True if segment.clean or number < last else False if segment.sealed else None


def _order(batches: Sequence[Batch]) -> Column:
    places = [
        np.repeat(np.asarray(batch.places), [len(answer.ids) for answer in batch.answers])
        for batch in batches
    ]
    return pa.array(np.argsort(np.concatenate(places), kind="stable"))


def _rows(context: Context, batch: Batch, with_inputs: bool) -> pa.Table:
    answers = batch.answers
    counts = [len(answer.ids) for answer in answers]
    total = sum(counts)
    inputs = Inputs.unknown(total)
    if with_inputs and not context.shadow:  # a shadow's are those of the answer with its id
        inputs = reader_of(context.signature).read([answer.body for answer in answers], counts)
    handed_over = [None] * len(answers) if context.shadow else batch.handed_over
    columns: dict[str, Any] = {
        "id": pa.array([i for answer in answers for i in answer.ids], pa.string()),
        **_constant_columns(context, total),
        **_request_columns(answers, handed_over, np.asarray(counts)),
        **_input_columns(inputs),
        **_output_columns(context.signature, answers, counts),
    }
    envelope = pa.table(
        [columns[name].cast(ENVELOPE.field(name).type) for name in ENVELOPE.names], schema=ENVELOPE
    )
    for name, array in inputs.columns.items():
        envelope = envelope.append_column(name, array)
    return envelope


@lru_cache(maxsize=64)
def reader_of(signature: Signature) -> BodyReader:
    """The reader of a signature's bodies; making one takes a millisecond."""
    return BodyReader(signature)


def _constant_columns(context: Context, total: int) -> dict[str, Column]:
    names = (
        "endpoint",
        "variant",
        "model",
        "version",
        "bundle",
        "route_table",
        "rollout",
        "share",
        "rung",
        "shadow",
    )
    return {
        name: pa.repeat(pa.scalar(getattr(context, name), ENVELOPE.field(name).type), total) for name in names
    }


def _request_columns(
    answers: Sequence[Answered], handed_over: Sequence[bool | None], counts: Numbers
) -> dict[str, Column]:
    """What all rows of a request share."""
    served = np.array([answer.served_at for answer in answers], np.int64) // 1000
    latency = np.array([answer.latency_us for answer in answers], np.float64) / 1000
    of_requests: dict[str, Column] = {
        "key_hash": pa.array([answer.key_hash for answer in answers], pa.string()),
        "served_at": pa.array(served).cast(MOMENT),
        "latency_ms": pa.array(latency),
        "error": pa.array([answer.error or None for answer in answers], pa.string()),
        "handed_over": pa.array(handed_over, pa.bool_()),
    }
    if counts.max(initial=0) == counts.min(initial=1) == 1:
        return of_requests
    requests = pa.array(np.repeat(np.arange(len(counts)), counts))
    return {name: array.take(requests) for name, array in of_requests.items()}


def _input_columns(inputs: Inputs) -> dict[str, Column]:
    return {
        "caller_id": inputs.caller_ids,
        "entities": inputs.entities,
        "features": pa.nulls(len(inputs.entities), pa.string()),  # workers look none up yet
        "feature_view": pa.nulls(len(inputs.entities), pa.string()),
        "event_at": inputs.event_times,
        "unread_body": inputs.unread,
    }


def _output_columns(
    signature: Signature, answers: Sequence[Answered], counts: Sequence[int]
) -> dict[str, Column]:
    """Outputs as labels, null where a request failed; probabilities beside them for classes.

    An answer that was recorded without probabilities is the place of its class.
    """
    if signature.task == "classification" and (named := _named(signature, answers, counts)) is not None:
        return named
    width = len(signature.classes) if signature.task == "classification" else 1
    whole = [len(answer.output) == 4 * width * count for answer, count in zip(answers, counts, strict=True)]
    data = b"".join(
        answer.output if good else bytes(4 * width * count)
        for answer, good, count in zip(answers, whole, counts, strict=True)
    )
    outputs = np.frombuffer(data, "<f4").reshape(-1, width)
    valid = np.repeat(np.asarray(whole, bool), counts) & ~np.isnan(outputs).any(axis=1)
    if signature.task == "regression":
        columns = number_columns("output", outputs[:, 0], valid)
        return {**columns, "probabilities": pa.nulls(len(outputs), ENVELOPE.field("probabilities").type)}
    return {**_classes(signature, outputs, valid), "probabilities": _lists(outputs, valid)}


def _named(
    signature: Signature, answers: Sequence[Answered], counts: Sequence[int]
) -> dict[str, Column] | None:
    """The same of answers among which some are places; None where there are none."""
    width = len(signature.classes)
    plain = [
        width > 1 and len(answer.output) == 4 * count for answer, count in zip(answers, counts, strict=True)
    ]
    if not any(plain):
        return None
    spread = [
        _spread(answer, width) if place else answer for answer, place in zip(answers, plain, strict=True)
    ]
    columns = _output_columns(signature, spread, counts)
    known = pa.array(np.repeat(~np.asarray(plain), counts))
    columns["probabilities"] = pc.if_else(known, columns["probabilities"], None)
    return columns


def _spread(answer: Answered, width: int) -> Answered:
    """The answer with a 1 at the place of its class, as probabilities would have it."""
    places = np.frombuffer(answer.output, "<f4").astype(np.int64)
    return msgspec.structs.replace(answer, output=np.eye(width, dtype="<f4")[places].tobytes())


def _classes(signature: Signature, outputs: Numbers, valid: Numbers) -> dict[str, Column]:
    chosen = pa.array(outputs.argmax(axis=1), mask=~valid)  # the first of equal ones, as the worker answers
    return {name: array.take(chosen) for name, array in label_columns("output", signature.classes).items()}


def _lists(outputs: Numbers, valid: Numbers) -> Column:
    rows, width = outputs.shape
    starts = np.arange(0, rows * width + 1, width, dtype=np.int32)
    values = pa.array(outputs.reshape(-1))
    lists: Any = pa.ListArray
    return lists.from_arrays(pa.array(starts), values, mask=pa.array(~valid))
