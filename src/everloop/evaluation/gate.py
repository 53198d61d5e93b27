"""What every gate is."""

from typing import Protocol

from everloop.evaluation.case import Case
from everloop.records.verdict import Verdict


class Gate(Protocol):
    """One thing that a candidate must pass before it sees traffic. docs/gates.md has them all."""

    @property
    def code(self) -> str:
        """Stable: E101 and up for those that are declared, E001 and up for those that always hold."""
        ...

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Pass, fail or undecided, one for each thing that was compared, none where there is nothing to say."""
        ...
