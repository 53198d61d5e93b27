"""Everloop keeps machine-learning models improving after they ship.

>>> import everloop as el
>>> el.Target("clicked", within="24h", otherwise=0).rule().outcome
'clicked'
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everloop.errors import EverloopError
    from everloop.training.recipe import Recipe
    from everloop.training.target import Target
    from everloop.workspace.open import connect, open
    from everloop.workspace.workspace import Workspace

__version__ = "0.1.0"

_WHERE = {
    "EverloopError": "everloop.errors",
    "Recipe": "everloop.training.recipe",
    "Target": "everloop.training.target",
    "Workspace": "everloop.workspace.workspace",
    "connect": "everloop.workspace.open",
    "open": "everloop.workspace.open",
}

__all__ = ["EverloopError", "Recipe", "Target", "Workspace", "__version__", "connect", "open"]


def __getattr__(name: str) -> object:
    """A public name, imported when it is first asked for: `import everloop` itself stays quick."""
    if name not in _WHERE:
        raise AttributeError(f"module 'everloop' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
