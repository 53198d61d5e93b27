"""E001: there is something new to roll out."""

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.records.verdict import Verdict


class AnotherBundle:
    """Fails a candidate whose bundle is the champion's: equal recipe, data and environment give an equal digest."""

    code = "E001"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never undecided."""
        if case.candidate.bundle.digest != case.champion.bundle.digest:
            return (finding(self.code, "novelty", "it is another model than the champion", found=0),)
        reason = f"nothing changed: {case.candidate.ref} is the very bundle of {case.champion}"
        return (finding(self.code, "novelty", reason, found=1),)
