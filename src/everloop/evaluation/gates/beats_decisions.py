"""E103: better than what people decided."""

from dataclasses import dataclass, replace

from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison
from everloop.evaluation.finding import finding
from everloop.evaluation.metric import metric_of, unknowable
from everloop.records.verdict import Verdict


@dataclass(frozen=True, slots=True)
class BeatsDecisions:
    """Passes a candidate that is shown to be better than people's own decisions, on the rows that have one.

    `name` is an input of the requests, or an outcome of its own. Only rows that people decided count: if they chose the
    easy or the hard ones, it is these that the verdict is about.
    """

    metric: str
    name: str
    code: str = "E103"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Undecided where no row has a decision."""
        metric = metric_of(self.metric, case)
        named = f"{metric} against people's own {self.name!r}"
        if case.reacts:
            return (unknowable(self.code, named),)
        theirs = case.decisions.get(self.name)
        if theirs is None:
            told = f"none of {case.rows:,} rows has a decision: {self.name!r} is no input of theirs and no outcome"
            return (finding(self.code, named, told, rows=case.rows, found=None),)
        verdict = Comparison(
            case=case,
            metric=metric,
            ours=case.answers(case.candidate),
            theirs=theirs,
            against=f"people's own {self.name!r}",
            name=named,
            rows=theirs.given,
        ).better()
        return (replace(verdict, gate=self.code),)
