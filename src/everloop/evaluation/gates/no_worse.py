"""E101: no worse than the champion, nor than the anchor."""

from dataclasses import dataclass, replace

from everloop.evaluation.case import Case
from everloop.evaluation.compare import differences, state_of
from everloop.evaluation.metric import metric_of, unknowable
from everloop.evidence.policies.no_worse import NoWorse as Policy
from everloop.records.verdict import Verdict

ERROR = 0.05  # of passing a candidate that is worse by just the margin, over all looks
WRONG_FAIL = 0.005  # of failing one that is no worse


@dataclass(frozen=True, slots=True)
class NoWorse:
    """Passes a candidate that is shown to be less than `margin` worse on the same rows, row by row.

    Against the champion, and against the anchor where it is another: many small losses, each within the margin, cannot
    add up. Several rivals share the error rate.
    """

    metric: str
    margin: float
    code: str = "E101"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """One verdict for each that it is compared with; without rows undecided."""
        if case.reacts:
            return (unknowable(self.code, metric_of(self.metric, case)),)
        name = metric_of(self.metric, case)
        policy = Policy(margin=self.margin, alpha=ERROR / case.rivals, alpha_fail=WRONG_FAIL / case.rivals)
        ours = case.answers(case.candidate)
        found = []
        for other in case.references:
            state = state_of(differences(case, name, ours, case.answers(other)))
            found.append(replace(policy.judge(state, name=name, against=f"the {other}"), gate=self.code))
        return tuple(found)
