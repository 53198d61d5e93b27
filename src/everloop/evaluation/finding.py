"""Verdicts of gates that count, and estimate nothing: so much was found, so much may be."""

from dataclasses import replace

from everloop.evidence.policies.counted import Counted
from everloop.records.verdict import Verdict


def finding(
    gate: str,
    name: str,
    reason: str,
    *,
    found: float | None,
    limit: float = 0.0,
    rows: int = 0,
    more_rows: int = 0,
) -> Verdict:
    """Fails where more was `found` than `limit`; undecided where nothing could be counted yet (None).

    `reason` is the end of a sentence that begins with the name.
    """
    told = f"{name}: {reason}."
    verdict = Counted(limit=limit).judge(found, name=name, reason=told, rows=rows, more_rows=more_rows)
    return replace(verdict, gate=gate)
