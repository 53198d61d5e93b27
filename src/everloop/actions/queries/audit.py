"""The standing random audit of an endpoint: what still lacks its truth, and how good the answers are that have it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everloop.actions.context import Context
from everloop.errors import InvalidRequest
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopRecord
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LISTED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """One endpoint; at most `newest` of what lacks its truth."""

    endpoint: str
    newest: int = 1000


def audit(context: Context, query: AuditQuery) -> "pa.Table":
    """Audited answers without a truth, the oldest first: `id`, `served_at`, an empty column of the target's name to
    fill in, `answer`, then the inputs as `input.<name>`.

    Raises NotFound for an unknown endpoint, InvalidRequest where nothing declares an audit.
    """
    from everloop.actions.queries.audit_rows import lacking

    if not 1 <= query.newest <= MOST_LISTED:
        raise InvalidRequest(f"newest={query.newest}: ask for 1 to {MOST_LISTED:,}.")
    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, query.endpoint)
        version = known_version(transaction, endpoint.champion.model, endpoint.champion.number)
    share = audit_share(context, endpoint)
    if share == 0:
        raise InvalidRequest(
            f"No loop declares an audit of {endpoint.name!r}.",
            remedy="Give the loop a share: el.Loop(..., audit=0.05).",
        )
    return lacking(context, endpoint, version.signature, share, query.newest)


def audit_share(context: Context, endpoint: Endpoint) -> float:
    """The share of the endpoint's answers that its loop has audited; 0 without one."""
    with context.metadata.transaction() as transaction:
        return max(
            (loop.audit_share for loop in transaction.find(LoopRecord, endpoint=endpoint.name)), default=0.0
        )
