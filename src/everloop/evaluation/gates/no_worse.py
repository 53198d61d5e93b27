"""E101: no worse than the champion, nor than the anchor."""

from dataclasses import dataclass, replace

from everloop.evaluation.case import Case
from everloop.evaluation.compare import ERROR, Comparison
from everloop.evaluation.metric import metric_of, unknowable
from everloop.records.verdict import Verdict

ANCHOR_ERROR = ERROR / 50  # of one cycle


@dataclass(frozen=True, slots=True)
class NoWorse:
    """Passes a candidate that is shown to be less than `margin` worse on the same rows.

    Against the champion, and against the anchor where it is another: many small losses, each within the margin, cannot
    add up. Every cycle is tested against the same anchor, so that test is fifty times as strict: over fifty cycles the
    chance that any candidate passes which is worse than the anchor by more than the margin is 1 in 20. Several rivals
    share the error rates.
    """

    metric: str
    margin: float
    code: str = "E101"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """One verdict for each that it is compared with; without rows undecided."""
        name = metric_of(self.metric, case)
        if case.reacts:
            return (unknowable(self.code, f"{name} against the champion"),)
        ours = case.answers(case.candidate)
        found = [
            Comparison(
                case=case,
                metric=name,
                ours=ours,
                theirs=case.answers(other),
                against=f"the {other}",
                name=f"{name} against the {other.role}",
                error=ERROR if other.role == "champion" else ANCHOR_ERROR,
            )
            for other in case.references
        ]
        return tuple(replace(each.no_worse(self.margin), gate=self.code) for each in found)
