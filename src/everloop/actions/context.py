"""What an action works with: the workspace's stores, who acts, and the key that makes a retry harmless."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from everloop.clock import Clock
from everloop.errors import Conflict
from everloop.events import log as events
from everloop.records.actor import Actor
from everloop.records.codec import digest_of
from everloop.settings import Settings
from everloop.stores.blobs import BlobStore
from everloop.stores.layout import Layout
from everloop.stores.metadata import MetadataStore, Transaction
from everloop.stores.tables import TableStore

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

OURS = "everloop:"  # how the platform's own idempotency keys begin; nobody else may send such a key


class Runner(Protocol):
    """Carries runs out in this process, each in a child of its own."""

    def claim(self, run: str) -> None:
        """Say that this process will carry out the run: until it is released, the run counts as alive."""
        ...

    def start(self, run: str) -> None:
        """Carry out a claimed run in the background, and release it at its end."""
        ...

    def release(self, run: str) -> None:
        """Give a claimed run back without carrying it out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One call of one action or query, by one actor."""

    layout: Layout
    settings: Settings
    clock: Clock
    metadata: MetadataStore
    tables: TableStore
    blobs: BlobStore
    actor: Actor
    key: str  # the idempotency key
    runner: Runner
    table: "pa.Table | None" = None  # the rows that came with the call, where it takes rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[T]):
    """What an action did: its answer, and what the event tells of it."""

    result: T
    subject: str
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)
    evidence: dict[str, object] = field(default_factory=dict)
    reason: str = ""
    happened: bool = True  # False: nothing had to change, so there is no event


def answered(context: Context, action: str, request: object, response: type[T]) -> T | None:
    """What this very call was answered before, or None: for work that is long, and begins outside the transaction.

    Raises Conflict if the key belongs to another request.
    """
    with context.metadata.transaction() as transaction:
        return _answered(transaction, context, _digest(context, action, request), response)


def recorded(
    context: Context,
    action: str,
    request: object,
    response: type[T],
    work: Callable[[Transaction], Change[T]],
) -> T:
    """Do `work` in one transaction together with its event, once for each idempotency key.

    A key that was used before changes nothing and gives the earlier answer; raises Conflict if the earlier request
    was another.
    """
    asked = _digest(context, action, request)
    with context.metadata.transaction() as transaction:
        earlier = _answered(transaction, context, asked, response)
        if earlier is not None:
            return earlier
        change = work(transaction)
        if change.happened:
            events.append(
                transaction,
                clock=context.clock,
                actor=context.actor,
                action=action,
                subject=change.subject,
                key=context.key,
                request=asked,
                reason=change.reason,
                before=change.before,
                after=change.after,
                evidence=change.evidence,
                result=msgspec.to_builtins(change.result),
            )
    return change.result


def _answered(transaction: Transaction, context: Context, asked: str, response: type[T]) -> T | None:
    earlier = events.by_key(transaction, context.key)
    if earlier is None:
        return None
    if earlier.request != asked:
        raise Conflict(
            f"The idempotency key {context.key!r} belongs to another, earlier `{earlier.action}`.",
            remedy="Send a new key.",
        )
    return msgspec.convert(earlier.result, response)


def _digest(context: Context, action: str, request: object) -> str:
    """What was asked: the action, its arguments, and the shape of the rows that came with them."""
    table = context.table
    rows = [str(table.num_rows), *map(str, table.schema)] if table is not None else []
    return digest_of(msgspec.json.encode([action, msgspec.to_builtins(request), rows], order="sorted"))
