"""Everloop keeps machine-learning models improving after they ship.

>>> import everloop as el
>>> el.Target("clicked", within="24h", otherwise=0).rule().outcome
'clicked'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everloop.errors import EverloopError
    from everloop.loop.declared import Loop
    from everloop.loop.gates import (
        BeatsBaseline,
        BeatsDecisions,
        LatencyBudget,
        NoWorse,
        NoWorseSlices,
        SizeBudget,
    )
    from everloop.loop.plans import AllAtOnce, Canary, Linear
    from everloop.loop.triggers import AfterOutcomes, Every, OnDrift
    from everloop.replay.distortions.contrast import Contrast
    from everloop.replay.distortions.dropped_outcomes import DroppedOutcomes
    from everloop.replay.distortions.late_outcomes import LateOutcomes
    from everloop.replay.distortions.missing import Missing
    from everloop.replay.distortions.rotation import Rotation
    from everloop.replay.distortions.shift import Shift
    from everloop.replay.distortions.unknown import Unknown
    from everloop.training.recipe import Recipe
    from everloop.training.target import Target
    from everloop.workspace.open import connect, open
    from everloop.workspace.workspace import Workspace

__version__ = "0.1.0"

_WHERE = {
    "AfterOutcomes": "everloop.loop.triggers",
    "AllAtOnce": "everloop.loop.plans",
    "BeatsBaseline": "everloop.loop.gates",
    "BeatsDecisions": "everloop.loop.gates",
    "Canary": "everloop.loop.plans",
    "Contrast": "everloop.replay.distortions.contrast",
    "DroppedOutcomes": "everloop.replay.distortions.dropped_outcomes",
    "EverloopError": "everloop.errors",
    "Every": "everloop.loop.triggers",
    "LateOutcomes": "everloop.replay.distortions.late_outcomes",
    "LatencyBudget": "everloop.loop.gates",
    "Linear": "everloop.loop.plans",
    "Loop": "everloop.loop.declared",
    "Missing": "everloop.replay.distortions.missing",
    "NoWorse": "everloop.loop.gates",
    "NoWorseSlices": "everloop.loop.gates",
    "OnDrift": "everloop.loop.triggers",
    "Recipe": "everloop.training.recipe",
    "Rotation": "everloop.replay.distortions.rotation",
    "Shift": "everloop.replay.distortions.shift",
    "SizeBudget": "everloop.loop.gates",
    "Target": "everloop.training.target",
    "Unknown": "everloop.replay.distortions.unknown",
    "Workspace": "everloop.workspace.workspace",
    "connect": "everloop.workspace.open",
    "open": "everloop.workspace.open",
}

__all__ = [
    "AfterOutcomes",
    "AllAtOnce",
    "BeatsBaseline",
    "BeatsDecisions",
    "Canary",
    "Contrast",
    "DroppedOutcomes",
    "EverloopError",
    "Every",
    "LateOutcomes",
    "LatencyBudget",
    "Linear",
    "Loop",
    "Missing",
    "NoWorse",
    "NoWorseSlices",
    "OnDrift",
    "Recipe",
    "Rotation",
    "Shift",
    "SizeBudget",
    "Target",
    "Unknown",
    "Workspace",
    "__version__",
    "connect",
    "open",
]


def __getattr__(name: str) -> object:
    """A public name, imported when it is first asked for: `import everloop` itself stays quick."""
    if name not in _WHERE:
        raise AttributeError(f"module 'everloop' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
