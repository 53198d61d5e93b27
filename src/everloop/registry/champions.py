"""Who answers at an endpoint, and the only ways in which that changes."""

from dataclasses import replace
from datetime import datetime

from everloop.errors import Conflict, NotFound
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name, new_id
from everloop.stores.metadata import Transaction


def known_endpoint(transaction: Transaction, name: str) -> Endpoint:
    """The endpoint; raises NotFound, which names some there are."""
    endpoint = transaction.get(Endpoint, name)
    if endpoint is not None:
        return endpoint
    known = [e.name for e in transaction.find(Endpoint)][:5]
    remedy = f"Known: {', '.join(known)}." if known else "Make it with `everloop deploy MODEL@1 NAME`."
    raise NotFound(f"There is no endpoint {name[:80]!r}.", remedy=remedy)


def reference(version: ModelVersion) -> VersionRef:
    """The version's name and number."""
    return VersionRef(model=version.model, number=version.number)


def open_endpoint(name: str, first: ModelVersion, now: datetime) -> Endpoint:
    """A new endpoint whose first version is champion and anchor."""
    return Endpoint(
        name=checked_name(name, "endpoint"),
        salt=new_id("salt"),
        champion=reference(first),
        anchor=reference(first),
        target=first.target,
        created_at=now,
    )


def succeed(endpoint: Endpoint, version: ModelVersion) -> Endpoint:
    """`version` becomes champion; the old one is where a rollback goes. The anchor stays."""
    return replace(
        endpoint,
        champion=reference(version),
        target=version.target,
        history=(*endpoint.history, endpoint.champion),
        anchors=(*endpoint.anchors, endpoint.anchor),
    )


def moved_in(endpoint: Endpoint, version: ModelVersion) -> Endpoint:
    """`version` takes the place of one that is served elsewhere, and is the anchor.

    What that one would have answered to further rows nobody here can know: later ones cannot be held to it.
    """
    return replace(succeed(endpoint, version), anchor=reference(version))


def promoted(endpoint: Endpoint, version: ModelVersion, *, better: bool) -> Endpoint:
    """`version` has won its rollout. Shown better, and not only no worse, it is the anchor from now on."""
    changed = succeed(endpoint, version)
    return replace(changed, anchor=reference(version)) if better else changed


def go_back(endpoint: Endpoint) -> tuple[Endpoint, VersionRef]:
    """The endpoint with its last champion again, held to the anchor of that time, and which champion that is.

    Its target is the caller's to set.

    Raises Conflict where there is none.
    """
    if not endpoint.history:
        raise Conflict(
            f"{endpoint.champion} is the first version at {endpoint.name!r}: there is none to go back to."
        )
    champion = endpoint.history[-1]
    anchor = endpoint.anchors[-1] if endpoint.anchors else endpoint.anchor
    changed = replace(
        endpoint,
        champion=champion,
        anchor=anchor,
        history=endpoint.history[:-1],
        anchors=endpoint.anchors[:-1],
    )
    return changed, champion


def expect_champion(endpoint: Endpoint, expected: str) -> None:
    """Raises Conflict if `expected`, when given, is no longer the champion: someone else was quicker."""
    if expected and expected != str(endpoint.champion):
        raise Conflict(
            f"{endpoint.champion} answers at {endpoint.name!r}, no longer {expected}.",
            remedy="Look at `everloop events` and decide again.",
        )
