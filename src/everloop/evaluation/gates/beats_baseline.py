"""E102: better than what needs no model."""

from dataclasses import dataclass, replace

from everloop.evaluation.baselines import baselines
from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison
from everloop.evaluation.finding import finding
from everloop.evaluation.metric import metric_of
from everloop.records.verdict import Verdict


@dataclass(frozen=True, slots=True)
class BeatsBaseline:
    """Passes a candidate that is shown to be better than every baseline, each learned from its training window.

    It must beat all of them, so none of the tests needs a stricter error rate for the others.
    """

    metric: str
    code: str = "E102"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """One verdict for each baseline."""
        name, ours = metric_of(self.metric, case), case.answers(case.candidate)
        found = [
            Comparison(
                case=case,
                metric=name,
                ours=ours,
                theirs=theirs,
                against=f"saying {called}",
                name=f"{name} against saying {called}",
            ).better()
            for called, theirs in baselines(case).items()
        ]
        if not found:
            told = "its training window has no truth to learn a baseline from"
            return (finding(self.code, f"{name} against a baseline", told, found=1),)
        return tuple(replace(verdict, gate=self.code) for verdict in found)
