"""All that training needs, frozen."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from everloop.records.target import TargetRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRecord:
    """A recipe as it is stored; the unfitted estimator lies beside it as a skops blob.

    `hyperparameters` are the estimator's own, as text, for people to read and compare; the blob is what is fitted.
    """

    FORMAT: ClassVar[str] = "everloop.recipe/1"

    estimator: str  # its class, with module
    estimator_digest: str  # of its canonical form: class and parameters, all the way down
    hyperparameters: dict[str, str]
    target: TargetRule
    task: Literal["classification", "regression", "auto"] = "auto"
    features: tuple[str, ...] = ()  # empty: every usable column
    exclude: tuple[str, ...] = ()
    seed: int = 0
    test_share: float = 0.2  # of rows kept from the fit to score the version
    order_by: str = ""  # a column of times: the test share is then the latest rows
    code_version: str = ""
    libraries: dict[str, str] = field(default_factory=dict)

    def learns_like(self, other: "RecipeRecord") -> bool:
        """Whether both make the same model of the same rows, whatever code and libraries they were written with."""
        return self._essence() == other._essence()

    def _essence(self) -> tuple[object, ...]:
        chosen = (self.features, self.exclude, self.seed, self.test_share, self.order_by)
        return (self.estimator_digest, self.target, self.task, *chosen)
