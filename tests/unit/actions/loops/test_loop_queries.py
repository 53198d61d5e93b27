from dataclasses import replace

import pytest

from everloop.actions.pause_loop import PauseRequest, pause_loop
from everloop.actions.propose import ProposeRequest, propose
from everloop.actions.queries.cycles import (
    CycleQuery,
    CyclesQuery,
    ReportQuery,
    list_cycles,
    show_cycle,
    show_report,
)
from everloop.actions.queries.loops import LoopQuery, LoopsQuery, list_loops, show_loop
from everloop.errors import NotFound
from everloop.records.codec import to_json
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopRecord
from everloop.records.report import CycleReport


def test_a_loop_at_rest_watches(looped):
    (status,) = list_loops(looped, LoopsQuery())
    assert (status.loop, status.endpoint, status.mode, status.state) == (
        "keeper",
        "churn",
        "propose",
        "watching",
    )


def test_a_paused_loop_tells_why(looped, fresh):
    pause_loop(fresh(), PauseRequest(loop="churn", reason="holiday"))
    (status,) = list_loops(looped, LoopsQuery())
    assert (status.state, status.why) == ("paused", "holiday")


def test_a_loop_with_a_rollout_tells_candidate_and_share(looped, put):
    put(
        state="rolling",
        stage=1,
        candidate=VersionRef(model="churn", number=2),
        rolling_since=looped.clock.now(),
    )
    (status,) = list_loops(looped, LoopsQuery())
    assert (status.cycle, status.candidate, status.share) == ("churn.1", "churn@2", 0.5)


def test_a_loop_whose_endpoint_is_not_there_yet_says_so(looped):
    with looped.metadata.transaction() as transaction:
        declared = transaction.get(LoopRecord, "keeper")
        transaction.add(replace(declared, name="delay", endpoint="delay"))
    assert [(s.loop, s.state) for s in list_loops(looped, LoopsQuery())] == [
        ("delay", "no endpoint yet"),
        ("keeper", "watching"),
    ]


def test_a_proposal_at_an_endpoint_without_a_loop_is_told_too(answering, fresh):
    propose(fresh(), ProposeRequest(endpoint="churn", model="churn", version=2))
    (status,) = list_loops(answering, LoopsQuery())
    assert (status.loop, status.cycle, status.candidate) == ("", "churn.1", "churn@2")


def test_a_loop_is_found_by_its_own_name_and_by_its_endpoints(looped):
    assert show_loop(looped, LoopQuery(loop="keeper")) == show_loop(looped, LoopQuery(loop="churn"))


def test_an_unknown_loop_names_those_there_are(looped):
    with pytest.raises(NotFound, match=r"no loop 'keper'.*Known: keeper"):
        show_loop(looped, LoopQuery(loop="keper"))


def test_the_newest_cycles_come_the_oldest_first(looped, put):
    for number in (1, 2, 3):
        put(number=number, state="closed", ending="observed")
    assert [c.number for c in list_cycles(looped, CyclesQuery(endpoint="keeper", newest=2))] == [2, 3]


def test_one_cycle_by_its_number(looped, put):
    cycle = put()
    assert show_cycle(looped, CycleQuery(endpoint="churn", number=1)) == cycle
    with pytest.raises(NotFound, match=r"no cycle 7 of 'churn'.*1 to 1"):
        show_cycle(looped, CycleQuery(endpoint="churn", number=7))


def test_the_newest_report_is_of_the_newest_cycle_that_has_one(looped, put):
    for number, text in ((1, "one"), (2, "two")):
        report = looped.blobs.write(to_json(CycleReport(cycle=f"churn.{number}", markdown=text)))
        put(number=number, state="closed", ending="refused", report=report)
    put(number=3)
    assert show_report(looped, ReportQuery(endpoint="churn")).markdown == "two"
    assert show_report(looped, ReportQuery(endpoint="churn", number=1)).markdown == "one"


def test_a_cycle_without_a_report_says_where_it_is(looped, put):
    put()
    with pytest.raises(NotFound, match=r"churn\.1 has no report: it is judging"):
        show_report(looped, ReportQuery(endpoint="churn", number=1))
    with pytest.raises(
        NotFound, match=r"yet: churn\.1 is open, it is judging, .* comes when it closes"
    ) as refused:
        show_report(looped, ReportQuery(endpoint="churn"))
    assert refused.value.remedy == "So far: `everloop why churn --all`."


def test_without_a_cycle_the_report_is_to_be_turned_for(looped):
    with pytest.raises(NotFound, match=r"No cycle of 'churn' has a report yet\.") as refused:
        show_report(looped, ReportQuery(endpoint="churn"))
    assert "everloop turn churn" in refused.value.remedy
