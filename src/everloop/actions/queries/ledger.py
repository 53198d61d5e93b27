"""What was answered, what came back, and how good the answers were."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from everloop.actions.context import Context
from everloop.evidence.estimate import Estimate
from everloop.ledger.counts import Counts
from everloop.records.endpoint import Endpoint
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.shown.markup import facts, table

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.ledger.ledger import Ledger

Judge = Callable[[Any, Any], Estimate | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionsQuery:
    """One endpoint: its answers, or what its shadows made of the same rows."""

    endpoint: str
    shadows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownIdsQuery:
    """Ids of one endpoint's predictions, ours or their callers' own."""

    endpoint: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedQuality:
    """The quality on the standing random audit alone: what it is on all answers, without the bias of which truths
    come back, as far as every audited answer has got its truth."""

    share: float  # of the answers that belong to it
    predictions: int
    with_truth: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """An endpoint's counts, and the quality of its answers on mature rows with a 95 % interval.

    `estimate` is over all versions that answered, `by_version` over each; None, and absent, where no truth is known.
    """

    endpoint: str
    counts: Counts
    estimate: Estimate | None
    by_version: dict[str, Estimate]
    audited: AuditedQuality | None = None  # None where no loop declares an audit

    def _repr_html_(self) -> str:
        estimates = [("all", self.estimate), *self.by_version.items()]
        rows = [(who, e.metric, e.value, e.low, e.high, e.rows) for who, e in estimates if e is not None]
        known = [
            ("predictions", self.counts.predictions),
            ("with their truth", self.counts.with_truth),
            ("failed", self.counts.failed or ""),
        ]
        by_version = (
            [table(("version", "metric", "value", "from", "to (95 %)", "rows"), rows)] if rows else []
        )
        return facts(f"Ledger of {self.endpoint}", known, *by_version)


def predictions(context: Context, query: PredictionsQuery) -> "pa.Table":
    """Every captured answer, or shadow's row; raises NotFound for an unknown endpoint."""
    _endpoint(context, query.endpoint)
    return _ledger(context).predictions(query.endpoint, shadow=query.shadows)


def outcomes(context: Context, query: LedgerQuery) -> "pa.Table":
    """Every outcome with its revision; raises NotFound for an unknown endpoint."""
    _endpoint(context, query.endpoint)
    return _ledger(context).outcomes(query.endpoint)


def unknown_ids(context: Context, query: UnknownIdsQuery) -> tuple[str, ...]:
    """Those that no prediction has at this moment, each once; raises NotFound for an unknown endpoint."""
    _endpoint(context, query.endpoint)
    return tuple(_ledger(context).unknown(query.endpoint, query.ids))


def joined(context: Context, query: LedgerQuery) -> "pa.Table":
    """Predictions with outcomes, maturity and truth; raises NotFound for an unknown endpoint."""
    return _ledger(context).joined(query.endpoint, _endpoint(context, query.endpoint).target)


def quality(context: Context, query: QualityQuery) -> Quality:
    """The accuracy of classes, or the mean absolute error of numbers, on mature rows that have a truth."""
    from everloop.evidence.estimates import accuracy, mean_absolute_error
    from everloop.ledger.arrow import pc

    endpoint = _endpoint(context, query.endpoint)
    ledger = _ledger(context)
    with context.metadata.transaction() as transaction:
        champion = known_version(transaction, endpoint.champion.model, endpoint.champion.number)
    every = ledger.joined(query.endpoint, endpoint.target, columns=["model", "version", "error"])
    rows = every.filter(pc.and_(every["mature"], every["truth"].is_valid()))
    judge = accuracy if champion.signature.task == "classification" else mean_absolute_error
    return Quality(
        endpoint=query.endpoint,
        counts=ledger.counts(query.endpoint, endpoint.target),
        estimate=judge(rows["output"], rows["truth"]),
        by_version=dict(_by_version(rows, judge)),
        audited=_audited(context, endpoint, every, judge),
    )


def _audited(context: Context, endpoint: Endpoint, rows: "pa.Table", judge: Judge) -> AuditedQuality | None:
    from everloop.actions.queries.audit import audit_share
    from everloop.ledger.arrow import pc

    share = audit_share(context, endpoint)
    if share == 0:
        return None
    from everloop.actions.queries.audit_rows import of_audit

    chosen = of_audit(endpoint, rows.filter(rows["error"].is_null()), share)
    known = chosen.filter(pc.and_(chosen["mature"], chosen["truth"].is_valid()))
    return AuditedQuality(
        share=share,
        predictions=chosen.num_rows,
        with_truth=known.num_rows,
        estimate=judge(known["output"], known["truth"]),
    )


def _by_version(rows: "pa.Table", judge: Judge) -> Iterator[tuple[str, Estimate]]:
    from everloop.ledger.arrow import pc

    for pair in rows.group_by(["model", "version"]).aggregate([]).sort_by("version").to_pylist():
        own = rows.filter(
            pc.and_(pc.equal(rows["model"], pair["model"]), pc.equal(rows["version"], pair["version"]))
        )
        estimate = judge(own["output"], own["truth"])
        if estimate is not None:
            yield f"{pair['model']}@{pair['version']}", estimate


def _ledger(context: Context) -> "Ledger":
    from everloop.ledger.ledger import Ledger

    return Ledger(context.tables, context.layout, context.clock)


def _endpoint(context: Context, name: str) -> Endpoint:
    with context.metadata.transaction() as transaction:
        return known_endpoint(transaction, name)
