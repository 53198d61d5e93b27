"""The workspace on one page."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.publish import published_number
from everloop.actions.queries.datasets import DatasetsQuery, DatasetSummary, list_datasets
from everloop.actions.queries.endpoints import EndpointsQuery, EndpointStatus, list_endpoints
from everloop.actions.queries.ledger import Quality, QualityQuery, quality
from everloop.actions.queries.loops import LoopsQuery, LoopStatus, list_loops
from everloop.actions.queries.models import RunsQuery, list_runs
from everloop.records.run import Run
from everloop.serving.proxy.status import ProxyStatus, proxy_statuses
from everloop.serving.status import ServingStatus, serving_status
from everloop.shown.markup import facts, table


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusQuery:
    """Everything at a glance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What there is, what serves, and how well it answers."""

    project: str
    datasets: tuple[DatasetSummary, ...]
    runs: tuple[Run, ...]  # the newest five
    endpoints: tuple[EndpointStatus, ...]
    loops: tuple[LoopStatus, ...]
    quality: tuple[Quality, ...]  # one an endpoint
    route_table: int
    serving: ServingStatus | None  # None where no data plane runs
    proxies: tuple[ProxyStatus, ...] = ()  # before models that are served elsewhere

    def _repr_html_(self) -> str:
        counts = {quality.endpoint: quality for quality in self.quality}
        rows = [(e.name, e.who, e.proposed, _told(counts.get(e.name))) for e in self.endpoints]
        data = ", ".join(str(d.version) for d in self.datasets)
        known = [
            ("datasets", data or "none yet"),
            ("serving", "" if self.serving is None else f"{self.serving.host}:{self.serving.port}"),
            ("loops", ", ".join(f"{loop.endpoint}: {loop.state}" for loop in self.loops)),
        ]
        answering = [table(("endpoint", "champion", "on its way", "quality"), rows)] if rows else []
        return facts(self.project, known, *answering)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingQuery:
    """The data plane alone, which is quick to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """The data plane; None where none runs."""

    serving: ServingStatus | None


def plane(context: Context, query: ServingQuery) -> Plane:
    """How the workers are."""
    return Plane(serving=serving_status(context.layout))


def status(context: Context, query: StatusQuery) -> Status:
    """The state of the workspace now."""
    endpoints = list_endpoints(context, EndpointsQuery())
    return Status(
        project=context.settings.project.name,
        datasets=list_datasets(context, DatasetsQuery()),
        runs=list_runs(context, RunsQuery(newest=5)),
        endpoints=endpoints,
        loops=list_loops(context, LoopsQuery()),
        quality=tuple(quality(context, QualityQuery(endpoint=e.name)) for e in endpoints),
        route_table=published_number(context.layout),
        proxies=tuple(proxy_statuses(context.layout)),
        serving=serving_status(context.layout),
    )


def _told(quality: Quality | None) -> str:
    estimate = quality.estimate if quality is not None else None
    if estimate is None:
        return "not known yet"
    return f"{estimate.metric} {estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g})"
