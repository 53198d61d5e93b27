"""A recipe: what a person writes to have a model trained."""

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Literal

from everloop.errors import RecipeRefused
from everloop.records.target import TargetRule
from everloop.training.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

Task = Literal["classification", "regression", "auto"]
ROW_ORDER = "#"  # as `order_by`: the rows lie in the order of time
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """An unfitted estimator and what it shall learn from a dataset.

    estimator: any scikit-learn-compatible estimator or pipeline; None is LightGBM for the task.
    target: the column to learn, or a `Target` with its rule of maturity.
    task: "auto" takes it from the estimator, then from the target's values.
    features, exclude: columns to learn from (all usable ones if empty), and columns to leave out.
    seed: of everything random in it.
    test_share: the share of rows that are kept from the fit and score it: chosen by the seed, class by class,
    or the last ones by the column `order_by` (`"#"`: by the order of the rows).
    """

    estimator: Any = None
    _: KW_ONLY
    target: Target | str
    task: Task = "auto"
    features: "Sequence[str] | None" = None
    exclude: "Sequence[str]" = ()
    seed: int = 0
    test_share: float = 0.2
    order_by: str | None = None

    def rule(self) -> TargetRule:
        """The target's stored form."""
        return (Target(self.target) if isinstance(self.target, str) else self.target).rule()


def check(recipe: Recipe) -> None:
    """Raise RecipeRefused for settings that no training can follow; the estimator is looked at elsewhere."""
    rule = recipe.rule()
    if recipe.task not in ("auto", "classification", "regression"):
        raise RecipeRefused(f"task={recipe.task!r}: it is `auto`, `classification` or `regression`.")
    if isinstance(recipe.features, str) or isinstance(recipe.exclude, str):
        raise RecipeRefused(
            "`features` and `exclude` are lists of columns.", remedy='Write features=["age"].'
        )
    if rule.outcome in (recipe.features or ()):
        raise RecipeRefused(f"{rule.outcome!r} is the target: it cannot be a feature too.")
    if both := sorted(set(recipe.features or ()) & set(recipe.exclude)):
        raise RecipeRefused(f"{both[0]!r} is both in `features` and in `exclude`.")
    if not isinstance(recipe.seed, int) or not 0 <= recipe.seed <= LARGEST_SEED:
        raise RecipeRefused(f"seed={recipe.seed!r}: it is a whole number from 0 to {LARGEST_SEED}.")
    if not 0.01 <= recipe.test_share <= 0.9:
        raise RecipeRefused(
            f"test_share={recipe.test_share!r}: it is from 0.01 to 0.9.",
            remedy="Rows that the fit has not seen are what scores a version.",
        )
