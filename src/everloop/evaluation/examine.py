"""One candidate through its gates."""

from collections.abc import Sequence

from everloop.evaluation.build import ALWAYS, FIRST, ON_TRUTH, declared
from everloop.evaluation.case import Case
from everloop.evaluation.gate import Gate
from everloop.evaluation.gates.truth_varies import TruthVaries
from everloop.records.loop import GateRule
from everloop.records.verdict import Verdict


def examine(case: Case, rules: Sequence[GateRule]) -> tuple[Verdict, ...]:
    """What every gate says, those that always hold first.

    Where a candidate is the champion itself, or does not take the endpoint's requests, nothing else is asked: there is
    nothing to compare. While all rows have one truth by no chance, nobody is compared on them either: whoever always
    says so would win.
    """
    first = _said(FIRST, case)
    if any(verdict.verdict == "fail" for verdict in first):
        return first
    sound = (*first, *_said(ALWAYS, case))
    if any(verdict.gate == TruthVaries.code and verdict.verdict == "undecided" for verdict in sound):
        return sound
    return (*sound, *_said(ON_TRUTH, case), *_said(declared(rules), case))


def _said(gates: Sequence[Gate], case: Case) -> tuple[Verdict, ...]:
    return tuple(verdict for gate in gates for verdict in gate.judge(case))
