"""A model among those that are compared: who it is, what it learned from, and what it answers to the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.door import Bundle
from everloop.evaluation.labels import as_text
from everloop.evaluation.scored import Scored
from everloop.records.endpoint import VersionRef
from everloop.records.signature import Signature

Role = Literal["candidate", "champion", "anchor"]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers to rows, in a form that all models, baselines and people share.

    `values` are numbers, or classes by their place among all classes, -1 for none of them. `probabilities` are of all
    classes, None where nobody gave any. A row without an answer is false in `given`; its values say nothing.
    """

    values: Numbers
    given: npt.NDArray[np.bool_]
    probabilities: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A version under its role. `learned` are all rows of its dataset version that it could learn from."""

    role: Role
    ref: VersionRef
    bundle: Bundle
    learned: pa.Table
    scored: Scored
    metrics: dict[str, float] = field(default_factory=dict)  # its own, on the rows its fit left out
    ordered: bool = False  # its recipe says that rows lie in the order of time
    imported: bool = False  # trained elsewhere: `learned` are rows as it takes them, perhaps none

    @property
    def signature(self) -> Signature:
        """What it takes and gives."""
        return self.bundle.manifest.signature

    def __str__(self) -> str:
        return f"{self.role} {self.ref}"


def answers_of(contender: Contender, classes: Sequence[str]) -> Answers:
    """What it answered to the rows, in terms of all `classes`, none for a regression."""
    scored = contender.scored
    if not classes:
        return Answers(values=scored.outputs, given=scored.answered)
    places = np.array([classes.index(as_text(label)) for label in contender.signature.classes])
    outputs = np.nan_to_num(scored.outputs)
    if not scored.chances:
        named = np.where(scored.answered, places[outputs.argmax(axis=1)], -1).astype(np.float64)
        return Answers(values=named, given=scored.answered)
    probabilities = np.zeros((len(scored.answered), len(classes)))
    probabilities[:, places] = outputs
    first = places[outputs.argmax(axis=1)]  # the first of equal ones in its own order, as a worker answers
    values = np.where(scored.answered, first, -1).astype(np.float64)
    return Answers(values=values, given=scored.answered, probabilities=probabilities)
