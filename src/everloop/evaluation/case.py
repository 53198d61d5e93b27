"""All that a gate looks at: the compared models, the rows, and their truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from everloop.evaluation.contender import Answers, Contender, answers_of
from everloop.evaluation.labels import all_classes, codes_of
from everloop.evaluation.material import Material
from everloop.ledger.labels import as_numbers
from everloop.records.target import TargetRule

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One candidate before its gates. Every contender has scored the same rows, those of `material.rows`.

    `truth` are numbers, or the places of classes in `classes`; `classes` is empty for a regression.
    """

    candidate: Contender
    champion: Contender
    anchor: Contender
    material: Material
    target: TargetRule
    classes: tuple[str, ...]
    truth: Numbers
    rivals: int = 1  # candidates of the cycle: they share one error rate
    decisions: Mapping[str, Answers] = field(default_factory=dict)  # of people, by column or outcome

    @property
    def rows(self) -> int:
        """How many rows there are to look at."""
        return len(self.truth)

    @property
    def reacts(self) -> bool:
        """Whether the truth depends on what was answered: then answers that nobody saw cannot be compared."""
        return self.target.truth == "reaction"

    @property
    def references(self) -> tuple[Contender, ...]:
        """Whom the candidate must be no worse than: the champion, and the anchor where it is another of its task."""
        other = self.anchor.bundle.digest != self.champion.bundle.digest
        other = other and self.anchor.signature.task == self.champion.signature.task
        return (self.champion, self.anchor) if other else (self.champion,)

    def answers(self, contender: Contender) -> Answers:
        """What it answered to the rows."""
        return answers_of(contender, self.classes)


def truth_of(material: Material, contenders: tuple[Contender, ...]) -> tuple[tuple[str, ...], Numbers]:
    """All classes, and the truth of each row in them; no classes for a regression."""
    labels = material.rows["truth"]
    if contenders[0].signature.task == "regression":
        return (), np.asarray(as_numbers(labels), dtype=np.float64)
    classes = all_classes([c.signature.classes for c in contenders], labels)
    return classes, codes_of(labels, classes).astype(np.float64)
