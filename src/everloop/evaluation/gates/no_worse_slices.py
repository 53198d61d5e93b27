"""E104: no group of rows pays for the others."""

from dataclasses import dataclass, replace

from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison
from everloop.evaluation.finding import finding
from everloop.evaluation.metric import metric_of, unknowable
from everloop.evaluation.slices import slices
from everloop.records.verdict import Verdict


@dataclass(frozen=True, slots=True)
class NoWorseSlices:
    """Fails a candidate that is shown to be worse than the champion in some group, where it is not within `margin`.

    A group is a value of one of the inputs `columns`. The chance of a wrong fail is shared by all groups (Bonferroni,
    which for the question whether *any* group fails is Holm's own test). A group that is too small to say anything is
    undecided and holds nothing back.
    """

    metric: str
    margin: float
    columns: tuple[str, ...]
    code: str = "E104"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """One verdict for each group; undecided and needed where a column is in no row."""
        name = metric_of(self.metric, case)
        if case.reacts:
            return (unknowable(self.code, f"{name} by {', '.join(self.columns)}"),)
        found = {c: slices(c, case.material.rows, case.champion.learned) for c in self.columns}
        groups = {called: flags for each in found.values() for called, flags in each.items()}
        ours, theirs = case.answers(case.candidate), case.answers(case.champion)
        verdicts = [
            Comparison(
                case=case,
                metric=name,
                ours=ours,
                theirs=theirs,
                against=f"the {case.champion}",
                rows=flags,
                parts=len(groups),
                name=f"{name} where {called}",
            ).no_worse(self.margin)
            for called, flags in groups.items()
        ]
        told = [
            finding(
                self.code,
                f"{name} by {column}",
                f"no row of {case.rows:,} has an input {column!r}",
                found=None,
            )
            for column, each in found.items()
            if not each
        ]
        held = [replace(v, needed=v.verdict != "undecided") for v in verdicts]
        return tuple(replace(v, gate=self.code) for v in (*held, *told))
