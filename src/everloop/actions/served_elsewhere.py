"""What is not ours to do at an endpoint whose champion is served elsewhere."""

from dataclasses import replace

from everloop.errors import Conflict
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopPolicy
from everloop.registry.versions import known_version
from everloop.stores.metadata import Transaction


def is_served_elsewhere(transaction: Transaction, endpoint: Endpoint) -> bool:
    """Whether somebody else's model answers there."""
    champion = endpoint.champion
    return known_version(transaction, champion.model, champion.number).served_elsewhere


def policy_at(transaction: Transaction, endpoint: Endpoint, policy: LoopPolicy) -> LoopPolicy:
    """What decides in a cycle there: where the traffic is not ours to give, it only says what it would do."""
    return replace(policy, mode="observe") if is_served_elsewhere(transaction, endpoint) else policy


def require_served_here(transaction: Transaction, endpoint: Endpoint, what: str) -> None:
    """Raises Conflict where nobody can do that from here; `what` ends the sentence "cannot be ...".

    The remedy tells both ways: only to look, and to move in.
    """
    if is_served_elsewhere(transaction, endpoint):
        raise Conflict(
            f"{endpoint.champion} at {endpoint.name!r} is served elsewhere, so no other version can be {what} there.",
            remedy=f"See what Everloop would do with `everloop why {endpoint.name}`; to let it answer instead, "
            f"`everloop deploy VERSION {endpoint.name} --override REASON` and send the callers here.",
        )
