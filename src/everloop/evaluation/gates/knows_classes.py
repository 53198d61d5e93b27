"""E005: no class is forgotten."""

import numpy as np

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.evaluation.labels import as_text
from everloop.records.verdict import Verdict


class KnowsClasses:
    """Fails a candidate that cannot answer with a class which the champion knows and the rows hold.

    A class that neither knows does not fail it: one mistyped truth would stop all progress.
    """

    code = "E005"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Says nothing of a regression."""
        if not case.classes:
            return ()
        ours, theirs = _known(case.candidate.signature.classes), _known(case.champion.signature.classes)
        counts = np.bincount(case.truth.astype(np.int64), minlength=len(case.classes))
        seen = {name: int(count) for name, count in zip(case.classes, counts, strict=True) if count}
        name = "classes"
        lost = [f"{c!r} ({seen[c]:,} rows)" for c in case.classes if c in seen and c in theirs - ours]
        if lost:
            reason = f"it cannot answer {', '.join(lost)}, which the champion can: its training window has no such row"
            return (finding(self.code, name, reason, rows=case.rows, found=len(lost)),)
        notes = [f"nobody knows {c!r}" for c in seen if c not in theirs | ours]
        notes += [f"it no longer knows {c!r}, which no row has" for c in sorted(theirs - ours)]
        reason = "; ".join([f"it knows all {len(ours)} classes that it needs", *notes])
        return (finding(self.code, name, reason, rows=case.rows, found=0),)


def _known(classes: tuple[object, ...]) -> set[str]:
    return {as_text(label) for label in classes}  # type: ignore[arg-type]
