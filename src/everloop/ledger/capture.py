"""The capture log: what a worker keeps of every answer, before the answer leaves.

A worker appends one group a loop tick: every request answered in that tick, and every outcome received in it.
An append returns when the group is as safe as the log's promise says, and raises CaptureFailed when it is not
kept at all. A group is never kept in part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from everloop.records.signature import Label, Signature

FORMAT = "everloop.capture/1"

Promise = Literal["written", "synced"]
"""`written` survives the death of the process, `synced` that of the machine."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What many answers share: who answered, by which route, and how to read their bodies and outputs."""

    endpoint: str
    variant: str
    model: str
    version: int
    bundle: str  # digest
    signature: Signature
    route_table: int
    share: float  # the chance that this variant was chosen with
    rollout: str = ""
    shadow: bool = False
    rung: str = "model"  # which rung of a cascade answered


class Answered(msgspec.Struct, array_like=True, gc=False):
    """One request and its answer. `context` is the number that `CaptureLog.context` gave.

    The body is kept as it came, and read only when the segment is compacted: a JSON object with `instances`,
    and perhaps `ids` (the caller's own), `entities` and `event_time`.
    """

    context: int
    ids: Sequence[str]  # one a row, ours
    body: bytes
    output: (
        bytes  # float32, little endian: (rows,) numbers or places of classes, or (rows, classes); empty where
    )
    # `error` is not
    served_at: int  # ns since the epoch, UTC
    latency_us: int
    key_hash: str = ""  # of the caller's sticky key
    error: str = ""


class Received(msgspec.Struct, array_like=True, gc=False):
    """One outcome, validated, as it came."""

    endpoint: str
    prediction: str  # id
    name: str
    value: Label
    learned_at: int  # ns since the epoch, UTC
    happened_at: int | None = None  # ns since the epoch, UTC; None where the caller did not say
    source: str = ""
    probability: float = 1.0  # with which the row was chosen for this outcome
    revision: int = 0  # from 1; 0 where the caller did not say
    key: str = ""  # the request's idempotency key


@dataclass(slots=True, kw_only=True)
class Segment:
    """What one segment holds: whole groups only, in the order of their appends.

    `clean` says that its worker ended it. Where a worker died instead, nobody knows whether the answers of
    its last group left: they are captured, perhaps undelivered. Every earlier group had been handed over,
    because a worker appends the next only after that.
    """

    id: str
    worker: str = ""
    started_at: datetime | None = None
    sealed: bool = False  # nothing will be appended any more
    clean: bool = False
    contexts: dict[int, Context] = field(default_factory=dict)
    answers: list[list[Answered]] = field(default_factory=list)
    outcomes: list[Received] = field(default_factory=list)
    bytes_read: int = 0
    torn_bytes: int = 0  # of a group whose write was cut short: it was never acknowledged
    damaged_bytes: int = 0
    damage: list[str] = field(default_factory=list)  # each place, in words


class CaptureLog(Protocol):
    """Groups of answers and outcomes, appended by one thread, in segments that a compactor takes away."""

    @property
    def promise(self) -> Promise:
        """What an append that returned has survived."""
        ...

    @property
    def worker(self) -> str:
        """The token of this log's writer, never used twice."""
        ...

    def context(self, context: Context) -> int:
        """The number by which answers refer to `context`. The same context gives the same number."""
        ...

    def append(self, answers: Sequence[Answered] = (), outcomes: Sequence[Received] = ()) -> None:
        """Keep a group in one write.

        Raises CaptureFailed when it could not be kept: then none of it is, and the next append may succeed.
        Append a group only after the answers of the one before it were handed to their connections.
        """
        ...

    def rotate(self) -> bool:
        """Seal the present segment if it is large or old enough, and say so. Call it from a timer."""
        ...

    def seal(self) -> None:
        """Seal the present segment, if it holds anything, so that the compactor takes it now."""
        ...

    def close(self) -> None:
        """Seal, and let go of what is held. A closed log refuses appends with CaptureFailed."""
        ...

    def segments(self) -> Sequence[Segment]:
        """What was appended and not yet taken away, the present segment last."""
        ...
