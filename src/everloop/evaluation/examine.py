"""One candidate through its gates."""

from collections.abc import Sequence

from everloop.evaluation.build import ALWAYS, FIRST, declared
from everloop.evaluation.case import Case
from everloop.evaluation.gate import Gate
from everloop.records.loop import GateRule
from everloop.records.verdict import Verdict


def examine(case: Case, rules: Sequence[GateRule]) -> tuple[Verdict, ...]:
    """What every gate says, those that always hold first.

    Where a candidate is the champion itself, or does not take the endpoint's requests, nothing else is asked: there is
    nothing to compare.
    """
    first = _said(FIRST, case)
    if any(verdict.verdict == "fail" for verdict in first):
        return first
    return (*first, *_said(ALWAYS, case), *_said(declared(rules), case))


def _said(gates: Sequence[Gate], case: Case) -> tuple[Verdict, ...]:
    return tuple(verdict for gate in gates for verdict in gate.judge(case))
