"""From a loop as a person writes it to what the control plane keeps."""

from pathlib import Path
from typing import TYPE_CHECKING

from everloop.actions.declare_loop import DeclaredRecipe, DeclareLoopRequest, encoded
from everloop.errors import InvalidRequest
from everloop.loop.declared import Loop

if TYPE_CHECKING:
    from everloop.training.recipe import Recipe


def declaration(loop: Loop, *, project: Path | None) -> DeclareLoopRequest:
    """The request that declares `loop`, its recipes frozen; `project` is the folder whose commit they name.

    Raises InvalidRequest, InvalidName or RecipeRefused, each with the field and the remedy.
    """
    from everloop.training.freeze import freeze

    if not isinstance(loop, Loop):
        raise InvalidRequest(
            f"A {type(loop).__name__} is no loop.", remedy='Write el.Loop("churn", recipe=el.Recipe(...)).'
        )
    names, policy = loop.names(), loop.policy()
    triggers = loop.rules()
    recipes = checked_recipes(loop)
    loop.target()
    frozen = [(name, *freeze(recipe, project=project)) for name, recipe in recipes.items()]
    return DeclareLoopRequest(
        loop=names["name"],
        endpoint=names["endpoint"],
        model=names["model"],
        dataset=names["dataset"],
        recipes=tuple(
            DeclaredRecipe(name=name, recipe=record, estimator=encoded(estimator))
            for name, record, estimator in frozen
        ),
        policy=policy,
        triggers=triggers,
        audit_share=float(loop.audit),
    )


def checked_recipes(loop: Loop) -> "dict[str, Recipe]":
    """The loop's recipes by name; raises InvalidRequest, which names one that is none."""
    from everloop.training.recipe import Recipe

    found: dict[str, Recipe] = {}
    for name, recipe in loop.recipes().items():
        if not isinstance(recipe, Recipe):
            given = recipe.__name__ if isinstance(recipe, type) else type(recipe).__name__
            raise InvalidRequest(
                f"Loop {loop.name!r}: recipe {str(name)[:80]!r} is a {given}, not an el.Recipe.",
                remedy=f"Write el.Recipe({given}(...), target=...).",
            )
        found[str(name)] = recipe
    if not found:
        raise InvalidRequest(f"Loop {loop.name!r} has no recipe.", remedy="Write recipe=el.Recipe(...).")
    return found
