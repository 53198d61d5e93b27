"""E003: every row gets an answer."""

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.records.verdict import Verdict


class AnswersAll:
    """Fails a candidate that has no finite answer to a row which the champion answers."""

    code = "E003"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Says nothing without rows."""
        if not case.rows:
            return ()
        ours, theirs = case.candidate.scored, case.champion.scored
        failed = int((~ours.answered & theirs.answered).sum())
        name, rows = "answers", case.rows
        if failed:
            reason = (
                f"it has no answer to {failed:,} of {rows:,} rows that the champion answers: {ours.failure}"
            )
            return (finding(self.code, name, reason, rows=rows, found=failed),)
        both = f", but for {ours.failed:,} that the champion does not answer either" if ours.failed else ""
        reason = f"it answers {rows:,} rows with finite numbers{both}"
        return (finding(self.code, name, reason, rows=rows, found=0),)
