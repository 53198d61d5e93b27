"""How many predictions and outcomes of each kind an endpoint has."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of the ledger. Shadows are counted apart: they answered nobody."""

    predictions: int = 0  # captured, with those below
    failed: int = 0  # the model raised an error
    undelivered: int = 0  # at most: their worker died right after it captured them, nobody knows if they left
    shadows: int = 0
    received: int = 0  # outcomes, every one that came
    outcomes: dict[str, int] = field(default_factory=dict)  # by name: predictions that have one
    duplicates: int = 0
    corrections: int = 0
    conflicts: int = 0  # another value under a revision that was there: set aside
    unknown: int = 0  # ids that outcomes came by, of predictions that are not there (yet)
    early: int = 0  # learned before their prediction was served, by the clocks
    late: int = 0  # of the target: happened after the window
    mature: int = 0  # predictions whose truth is final
    with_truth: int = 0  # mature ones that have a truth, given or assumed
