"""Answers beside their truth: what every metric looks at."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRows:
    """Rows with an answer and a truth: numbers, or places of classes.

    Of two classes the second is the positive one. `probabilities` has a row each, a column a class.
    """

    answers: Numbers
    truth: Numbers
    probabilities: Numbers | None = None
    classes: int = 0  # 0: numbers

    @classmethod
    def of(
        cls,
        answers: npt.ArrayLike,
        truth: npt.ArrayLike,
        probabilities: npt.ArrayLike | None = None,
        classes: int = 0,
    ) -> "ScoredRows":
        """From anything that is an array of numbers; rows in which any is missing (NaN) are left out."""
        given, true = np.asarray(answers, dtype=np.float64), np.asarray(truth, dtype=np.float64)
        chances = None if probabilities is None else np.asarray(probabilities, dtype=np.float64)
        whole = ~(np.isnan(given) | np.isnan(true))
        if chances is not None:
            whole &= ~np.isnan(chances).any(axis=1)
            chances = chances[whole]
        return cls(answers=given[whole], truth=true[whole], probabilities=chances, classes=classes)

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def chances(self) -> Numbers:
        """The probabilities, of which a metric that asks for them may be sure."""
        assert self.probabilities is not None
        return self.probabilities

    def picked(self, rows: npt.NDArray[np.bool_]) -> "ScoredRows":
        """Those of the rows, as for a slice."""
        chances = None if self.probabilities is None else self.probabilities[rows]
        return replace(self, answers=self.answers[rows], truth=self.truth[rows], probabilities=chances)
