"""Hand a candidate to the gates and the rollout of an endpoint."""

from dataclasses import dataclass

from everloop.actions.context import Change, Context, recorded
from everloop.actions.open_proposal import on_its_way, open_proposal
from everloop.actions.publish import newest_number, publish_newest
from everloop.bundles.door import open_bundle
from everloop.errors import Conflict
from everloop.records.cycle import Cycle
from everloop.records.model_version import ModelVersion
from everloop.registry.champions import known_endpoint, reference
from everloop.registry.versions import known_version
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRequest:
    """Which version for which endpoint, and why. `replace`: in the place of another that is on its way."""

    endpoint: str
    model: str
    version: int
    reason: str = ""
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """The candidate's cycle, and the newest route table."""

    cycle: str
    state: str
    route_table: int
    replaced: str = ""  # the candidate in whose place it is, or its cycle where that had none yet
    changed: bool = True  # False: it was on its way already, and nothing was done or recorded


def propose(context: Context, request: ProposeRequest) -> Proposed:
    """Open a cycle for the candidate; one that is on its way already stays as it is.

    Raises NotFound for an unknown endpoint or version, BundleRefused for a damaged one, Conflict for the champion
    itself and, without `replace`, where another candidate is on its way.
    """
    with context.metadata.transaction() as transaction:
        version = known_version(transaction, request.model, request.version)
    open_bundle(context.layout.bundles, version.bundle)
    answer = recorded(context, "propose", request, Proposed, lambda t: _propose(context, request, version, t))
    publish_newest(context.layout, context.metadata)
    return answer


def _propose(
    context: Context, request: ProposeRequest, version: ModelVersion, transaction: Transaction
) -> Change[Proposed]:
    endpoint = known_endpoint(transaction, request.endpoint)
    subject = f"endpoint:{endpoint.name}"
    if endpoint.champion == reference(version):
        raise Conflict(f"{version} answers at {endpoint.name!r} already.")
    there = on_its_way(transaction, endpoint.name)
    if there is not None and there.candidate == reference(version):
        return Change(result=_answer(transaction, there, changed=False), subject=subject, happened=False)
    made = open_proposal(
        context, transaction, endpoint, reference(version), request.reason, replaces=request.replace
    )
    replaced = "" if made.replaced is None else str(made.replaced.candidate or made.replaced.id)
    after: dict[str, object] = {
        "cycle": made.cycle.id,
        "champion": str(endpoint.champion),
        "candidate": str(version),
    }
    if made.replaced is not None:
        after |= {"replaced": replaced, "replaced_cycle": made.replaced.id}
    return Change(
        result=_answer(transaction, made.cycle, replaced=replaced),
        subject=subject,
        after=after,
        reason="; ".join(filter(None, (request.reason, replaced and f"in the place of {replaced}"))),
    )


def _answer(transaction: Transaction, cycle: Cycle, *, replaced: str = "", changed: bool = True) -> Proposed:
    return Proposed(
        cycle=cycle.id,
        state=cycle.state,
        route_table=newest_number(transaction),
        replaced=replaced,
        changed=changed,
    )
