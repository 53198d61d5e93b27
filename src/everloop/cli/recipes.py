"""The recipes that a project declares in its `loop.py`."""

import runpy
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from everloop.training.recipe import Recipe

FILE = "loop.py"


def recipe_for(folder: Path, model: str) -> "Recipe":
    """The recipe for `model` in the project's own `loop.py`, a mapping `recipes` from model to recipe.

    Raises NotFound where there is none, InvalidRequest for a file that does not run.
    """
    from everloop.training.recipe import Recipe

    path = folder / FILE
    if not path.is_file():
        raise NotFound(
            f"There is no {FILE} in {folder}.", remedy="It declares `recipes = {NAME: el.Recipe(...)}`."
        )
    try:
        names = runpy.run_path(str(path))
    except Exception as error:  # whatever a person's own file may raise, told in one line
        raise InvalidRequest(f"{path} does not run: {type(error).__name__}: {error}.") from error
    recipes = names.get("recipes")
    if not isinstance(recipes, dict) or not all(isinstance(r, Recipe) for r in recipes.values()):
        raise InvalidRequest(
            f"{path} declares no recipes.", remedy="Write `recipes = {NAME: el.Recipe(...)}`."
        )
    if model not in recipes:
        raise NotFound(
            f"{path} declares no recipe {model!r}.", remedy=f"It declares: {', '.join(map(repr, recipes))}."
        )
    recipe = recipes[model]
    assert isinstance(recipe, Recipe)
    return recipe
