"""What was answered, what came back, and how good the answers were."""

from dataclasses import dataclass

import pyarrow as pa

from everloop.actions.context import Context
from everloop.evidence.estimates import Estimate, accuracy, mean_absolute_error
from everloop.ledger.arrow import pc
from everloop.ledger.counts import Counts
from everloop.ledger.ledger import Ledger
from everloop.records.endpoint import Endpoint
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """An endpoint's counts, and its quality on mature rows with a 95 % interval; None where no truth is known yet."""

    endpoint: str
    counts: Counts
    estimate: Estimate | None


def predictions(context: Context, query: LedgerQuery) -> pa.Table:
    """Every captured answer; raises NotFound for an unknown endpoint."""
    _endpoint(context, query.endpoint)
    return _ledger(context).predictions(query.endpoint)


def outcomes(context: Context, query: LedgerQuery) -> pa.Table:
    """Every outcome with its revision; raises NotFound for an unknown endpoint."""
    _endpoint(context, query.endpoint)
    return _ledger(context).outcomes(query.endpoint)


def joined(context: Context, query: LedgerQuery) -> pa.Table:
    """Predictions with outcomes, maturity and truth; raises NotFound for an unknown endpoint."""
    return _ledger(context).joined(query.endpoint, _endpoint(context, query.endpoint).target)


def quality(context: Context, query: QualityQuery) -> Quality:
    """The accuracy of classes, or the mean absolute error of numbers, on mature rows that have a truth."""
    endpoint = _endpoint(context, query.endpoint)
    ledger = _ledger(context)
    with context.metadata.transaction() as transaction:
        champion = known_version(transaction, endpoint.champion.model, endpoint.champion.number)
    mature = ledger.joined(query.endpoint, endpoint.target)
    mature = mature.filter(pc.and_(mature["mature"], mature["truth"].is_valid()))
    judge = accuracy if champion.signature.task == "classification" else mean_absolute_error
    return Quality(
        endpoint=query.endpoint,
        counts=ledger.counts(query.endpoint, endpoint.target),
        estimate=judge(mature["output"], mature["truth"]),
    )


def _ledger(context: Context) -> Ledger:
    return Ledger(context.tables, context.layout, context.clock)


def _endpoint(context: Context, name: str) -> Endpoint:
    with context.metadata.transaction() as transaction:
        return known_endpoint(transaction, name)
