"""E102: better than what needs no model."""

from dataclasses import dataclass, replace

from everloop.evaluation.baselines import baselines
from everloop.evaluation.case import Case
from everloop.evaluation.compare import differences, state_of
from everloop.evaluation.finding import finding
from everloop.evaluation.metric import metric_of
from everloop.evidence.policies.better import Better
from everloop.records.verdict import Verdict

ERROR = 0.05  # of passing a candidate that is no better than a baseline, over all looks
WRONG_FAIL = 0.005  # of failing one that is better


@dataclass(frozen=True, slots=True)
class BeatsBaseline:
    """Passes a candidate that is shown to be better than every baseline, each learned from its training window.

    It must beat all of them, so none of the tests needs a stricter error rate for the others.
    """

    metric: str
    code: str = "E102"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """One verdict for each baseline."""
        name = metric_of(self.metric, case)
        policy = Better(alpha=ERROR / case.rivals, alpha_fail=WRONG_FAIL / case.rivals)
        ours, found = case.answers(case.candidate), []
        for called, theirs in baselines(case).items():
            state = state_of(differences(case, name, ours, theirs))
            found.append(replace(policy.judge(state, name=name, against=f"saying {called}"), gate=self.code))
        if not found:
            told = "its training window has no truth to learn a baseline from"
            return (finding(self.code, name, told, found=1),)
        return tuple(found)
