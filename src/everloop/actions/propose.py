"""Hand a candidate to the gates and the rollout of an endpoint."""

from dataclasses import dataclass

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import open_proposal
from everloop.actions.publish import newest_number
from everloop.actions.step_cycle import Stepped
from everloop.bundles.door import open_bundle
from everloop.errors import Conflict
from everloop.records.model_version import ModelVersion
from everloop.registry.champions import known_endpoint, reference
from everloop.registry.versions import known_version
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRequest:
    """Which version for which endpoint, and why."""

    endpoint: str
    model: str
    version: int
    reason: str = ""


def propose(context: Context, request: ProposeRequest) -> Stepped:
    """Open a cycle for the candidate.

    Raises NotFound for an unknown endpoint or version, BundleRefused for a damaged one, Conflict for the champion
    itself and where another candidate is on its way.
    """
    with context.metadata.transaction() as transaction:
        version = known_version(transaction, request.model, request.version)
    open_bundle(context.layout.bundles, version.bundle)
    return recorded(context, "propose", request, Stepped, lambda t: _propose(context, request, version, t))


def _propose(
    context: Context, request: ProposeRequest, version: ModelVersion, transaction: Transaction
) -> Change[Stepped]:
    endpoint = known_endpoint(transaction, request.endpoint)
    if endpoint.champion == reference(version):
        raise Conflict(f"{version} answers at {endpoint.name!r} already.")
    cycle = open_proposal(context, transaction, endpoint, reference(version), request.reason)
    return Change(
        result=Stepped(cycle=cycle.id, state=cycle.state, route_table=newest_number(transaction)),
        subject=f"endpoint:{endpoint.name}",
        after={"cycle": cycle.id, "champion": str(endpoint.champion), "candidate": str(version)},
        reason=request.reason,
    )
