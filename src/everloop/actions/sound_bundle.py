"""Whether a candidate on its way into the traffic is still what its digest says."""

from everloop.actions.context import Context
from everloop.bundles.door import open_bundle
from everloop.errors import BundleRefused
from everloop.evidence.policies.counted import Counted
from everloop.records.cycle import Cycle
from everloop.records.verdict import Verdict
from everloop.registry.versions import known_version

NAME = "bundle"


def damaged_bundle(context: Context, cycle: Cycle) -> Verdict | None:
    """A verdict that fails where the candidate's bundle is gone or damaged: a new worker would not let it in."""
    if cycle.candidate is None:
        return None
    with context.metadata.transaction() as transaction:
        bundle = known_version(transaction, cycle.candidate.model, cycle.candidate.number).bundle
    try:
        open_bundle(context.layout.bundles, bundle)
    except BundleRefused as error:
        return Counted(limit=0).judge(1, name=NAME, reason=f"{cycle.candidate} cannot be served: {error}")
    return None
