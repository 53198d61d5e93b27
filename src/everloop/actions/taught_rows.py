"""The rows that versions were fitted on, as marks that were kept with each of them."""

import logging
from collections.abc import Sequence

from everloop.actions.context import Context
from everloop.errors import EverloopError
from everloop.ledger.taught import Taught, TaughtToAny
from everloop.records.model_version import ModelVersion

log = logging.getLogger("everloop.rollouts")


def taught_to(context: Context, versions: Sequence[ModelVersion]) -> TaughtToAny:
    """Of all these versions; it says of which nobody knows what they were fitted on."""
    return TaughtToAny.of(
        {str(version): (version.signature.columns, _taught(context, version)) for version in versions}
    )


def _taught(context: Context, version: ModelVersion) -> Taught | None:
    """None where nothing was kept, as of a model that was trained elsewhere. A guardrail must not hang on it."""
    if not version.taught:
        return None
    try:
        return Taught.from_bytes(context.blobs.read(version.taught))
    except (EverloopError, OSError) as error:
        log.warning("What %s was fitted on cannot be read: %s", version, error)
        return None
