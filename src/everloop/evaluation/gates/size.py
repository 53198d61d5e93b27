"""E106: the bundle is small enough."""

from dataclasses import dataclass

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.records.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Size:
    """Fails a candidate whose files have more than `limit` bytes together."""

    limit: float
    code: str = "E106"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never undecided."""
        size = sum(entry.size for entry in case.candidate.bundle.manifest.files)
        told = f"it has {size:,} bytes, {self.limit:,.0f} are allowed"
        return (finding(self.code, "size", told, found=size, limit=self.limit),)
