"""What a project declares in its `loop.py`: recipes, loops, or both."""

import runpy
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.errors import EverloopError, InvalidRequest, NotFound

if TYPE_CHECKING:
    from everloop.loop.declared import Loop
    from everloop.training.recipe import Recipe

FILE = "loop.py"
EXAMPLE = 'Write `loop = el.Loop("churn", recipe=el.Recipe(...))`.'


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFile:
    """`recipes` by model, from `recipes = {...}`; `loops` from `loop = ...` or `loops = [...]`."""

    path: Path
    recipes: "dict[str, Recipe]"
    loops: "tuple[Loop, ...]"

    def recipe_for(self, model: str, name: str = "") -> "Recipe":
        """The recipe of `model`: the one called `name`, or else the only one.

        Raises NotFound, which names those there are.
        """
        from everloop.workspace.declaring import checked_recipes

        found = {model: self.recipes[model]} if model in self.recipes else {}
        for loop in self.loops:
            if model in (loop.model or loop.name, loop.name):
                found |= checked_recipes(loop)
        if name in found or (not name and len(found) == 1):
            return found[name] if name else next(iter(found.values()))
        if not name and model in found:
            return found[model]
        if found:
            raise NotFound(
                f"{self.path} declares {', '.join(map(repr, found))} for {model!r}"
                + (f", no recipe {name!r}." if name else "."),
                remedy=f"Choose one: everloop train {model} --recipe {next(iter(found))}.",
            )
        known = dict.fromkeys([*self.recipes, *(loop.model or loop.name for loop in self.loops)])
        raise NotFound(
            f"{self.path} declares no recipe {model!r}.",
            remedy=f"It declares: {', '.join(map(repr, known))}.",
        )


def read_loop_file(folder: Path) -> LoopFile:
    """The project's own `loop.py`, run.

    Raises NotFound where there is none, InvalidRequest for one that does not run or declares what is no loop.
    """
    path = folder / FILE
    if not path.is_file():
        raise NotFound(f"There is no {FILE} in {folder}.", remedy=EXAMPLE)
    try:
        names = runpy.run_path(str(path))
    except EverloopError as error:
        raise type(error)(f"{path}{_line(path, error)}: {error.message}", remedy=error.remedy) from error
    except Exception as error:  # whatever a person's own file may raise, told in one line
        told = f"{type(error).__name__}: {error}."
        raise InvalidRequest(f"{path}{_line(path, error)} does not run: {told}") from error
    if not names.keys() & {"recipes", "loop", "loops"}:
        raise InvalidRequest(f"{path} declares neither a loop nor recipes.", remedy=EXAMPLE)
    return LoopFile(path=path, recipes=_recipes(path, names.get("recipes", {})), loops=_loops(path, names))


def _line(path: Path, error: BaseException) -> str:
    """Where in the file it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f", line {lines[-1]}" if lines else ""


def _recipes(path: Path, given: object) -> "dict[str, Recipe]":
    from everloop.training.recipe import Recipe

    if not isinstance(given, dict):
        raise InvalidRequest(
            f"{path}: `recipes` is a mapping.", remedy="Write `recipes = {NAME: el.Recipe(...)}`."
        )
    for name, recipe in given.items():
        if not isinstance(recipe, Recipe):
            raise InvalidRequest(
                f"{path}: recipe {name!r} is a {type(recipe).__name__}, not an el.Recipe.",
                remedy="Write `recipes = {NAME: el.Recipe(...)}`.",
            )
    return dict(given)


def _loops(path: Path, names: dict[str, object]) -> "tuple[Loop, ...]":
    from everloop.loop.declared import Loop

    several = names.get("loops", ())
    if isinstance(several, str | dict) or not isinstance(several, Iterable):
        raise InvalidRequest(f"{path}: `loops` is a list.", remedy="Write `loops = [el.Loop(...)]`.")
    found = [*([names["loop"]] if "loop" in names else []), *several]
    loops = [each for each in found if isinstance(each, Loop)]
    for each in found:
        if not isinstance(each, Loop):
            raise InvalidRequest(f"{path}: a {type(each).__name__} is no loop.", remedy=EXAMPLE)
    twice = {loop.name for loop in loops if sum(other.name == loop.name for other in loops) > 1}
    if twice:
        raise InvalidRequest(f"{path} declares loop {min(twice)!r} twice.")
    return tuple(loops)
