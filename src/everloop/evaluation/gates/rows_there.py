"""E010: which rows there are to look at, and which were left out."""

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.records.verdict import Verdict


class RowsThere:
    """Says how many rows the gates look at, and why others are none of them.

    Undecided, and needed, only where rows were left out for their content and none is left: then what served the
    endpoint was learned from, or came again and again, and waiting for more of the same helps nobody.
    """

    code = "E010"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never fails."""
        material, name = case.material, "rows"
        others = {**material.left_out, **material.doubled}
        told = [f"{case.rows:,} rows", *(f"not {n:,}: {why}" for why, n in others.items())]
        reason = "; ".join([*told, *material.notes])
        if case.rows or not material.usable:
            return (finding(self.code, name, reason, rows=case.rows, found=0),)
        return (finding(self.code, name, reason, found=None),)
