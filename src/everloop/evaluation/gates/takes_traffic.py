"""E002: requests as they come fit the candidate's signature."""

from collections.abc import Iterator

import pyarrow as pa

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.ledger.inputs import KINDS, cells_of, sent
from everloop.records.signature import Column, Signature
from everloop.records.verdict import Verdict

TOLD = 3  # problems in a reason


class TakesTraffic:
    """Fails a candidate that would refuse requests which the champion answers, or answer in another kind.

    Looked at are the newest requests, whether their truth is known or not; without any, the champion's signature.
    """

    code = "E002"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never undecided."""
        ours, theirs, traffic = case.candidate.signature, case.champion.signature, case.material.traffic
        problems = [*_output(ours, theirs, case.target.outcome)]
        problems += _requests(ours, traffic) if traffic.num_rows else _signatures(ours, theirs)
        rows = traffic.num_rows
        if not problems:
            told = f"it takes the {rows:,} newest requests" if rows else "it takes what the champion takes"
            return (finding(self.code, "requests", told, rows=rows, found=0),)
        reason = "; ".join(problems[:TOLD]) + ("; and more" if len(problems) > TOLD else "")
        return (finding(self.code, "requests", reason, rows=rows, found=len(problems)),)


def _output(ours: Signature, theirs: Signature, outcome: str) -> Iterator[str]:
    if ours.task != theirs.task:
        yield f"it is a {ours.task}, the endpoint answers with a {theirs.task}"
    if ours.target != outcome:
        yield f"it answers {ours.target!r}, the endpoint's target is {outcome!r}"


def _requests(signature: Signature, traffic: pa.Table) -> Iterator[str]:
    counts = sent(traffic)
    for column in signature.columns:
        brought = counts.get(column.name, 0)
        read = traffic.num_rows - cells_of(traffic, column).null_count
        if read < brought:
            told = _kind_sent(column, traffic)
            yield f"requests send {column.name!r} as {told}, it takes a {column.kind}"
        elif not column.nullable and brought < traffic.num_rows:
            missing = traffic.num_rows - brought
            yield f"it needs {column.name!r}, which {missing:,} of {traffic.num_rows:,} requests lack"
    known = {column.name for column in signature.columns} | set(signature.ignored)
    for name, brought in counts.items():
        if brought and name not in known:
            yield f"requests send {name!r}, which it does not know and would refuse"


def _kind_sent(column: Column, traffic: pa.Table) -> str:
    for kind in KINDS:
        cell = f"{kind}.{column.name}"
        if (
            kind != column.kind
            and cell in traffic.column_names
            and traffic[cell].null_count < traffic.num_rows
        ):
            return "another kind" if kind == "ignored" else f"a {kind}"
    return "another kind"


def _signatures(ours: Signature, theirs: Signature) -> Iterator[str]:
    kinds = {column.name: column.kind for column in theirs.columns}
    for column in ours.columns:
        if column.name in kinds:
            if kinds[column.name] != column.kind:
                yield f"requests send {column.name!r} as a {kinds[column.name]}, it takes a {column.kind}"
        elif not column.nullable and column.name not in theirs.ignored:
            yield f"it needs {column.name!r}, which the champion does not take"
    known = {column.name for column in ours.columns} | set(ours.ignored)
    for column in theirs.columns:
        if not column.nullable and column.name not in known:
            yield f"requests send {column.name!r}, which it does not know and would refuse"
