"""What is done to cycles, and asked of them."""

from everloop.actions.approve import Approved, ApproveRequest, RejectRequest, approve, reject
from everloop.actions.operation import Operation
from everloop.actions.propose import Proposed, ProposeRequest, propose
from everloop.actions.queries import cycles
from everloop.actions.step_cycle import Stepped
from everloop.records.cycle import Cycle
from everloop.records.report import CycleReport

PROPOSE = Operation(
    name="propose",
    method="POST",
    path="/endpoints/{endpoint}/propose",
    request=ProposeRequest,
    response=Proposed,
    run=propose,
    summary="Hand a version to the gates and the rollout of an endpoint.",
)
APPROVE = Operation(
    name="approve",
    method="POST",
    path="/endpoints/{endpoint}/approve",
    request=ApproveRequest,
    response=Approved,
    run=approve,
    summary="Let the candidate into its rollout, now or when its gates have passed.",
)
REJECT = Operation(
    name="reject",
    method="POST",
    path="/endpoints/{endpoint}/reject",
    request=RejectRequest,
    response=Stepped,
    run=reject,
    summary="End the open cycle: its candidate loses what traffic it has.",
)
CYCLES = Operation(
    name="cycles",
    method="GET",
    path="/endpoints/{endpoint}/cycles",
    request=cycles.CyclesQuery,
    response=tuple[Cycle, ...],
    run=cycles.list_cycles,
    summary="The newest cycles of an endpoint.",
)
CYCLE = Operation(
    name="cycle",
    method="GET",
    path="/endpoints/{endpoint}/cycles/{number}",
    request=cycles.CycleQuery,
    response=Cycle,
    run=cycles.show_cycle,
    summary="One cycle: causes, candidates, verdicts, ending.",
)
REPORT = Operation(
    name="report",
    method="GET",
    path="/endpoints/{endpoint}/report",
    request=cycles.ReportQuery,
    response=CycleReport,
    run=cycles.show_report,
    summary="What a cycle did and why, in Markdown.",
)

ACTIONS = (PROPOSE, APPROVE, REJECT)
QUERIES = (CYCLES, CYCLE, REPORT)
