from datetime import timedelta

from everloop.actions.queries.why import WhyQuery, why
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.loop.sight import Gated
from everloop.records.cycle import Cause, Judged
from everloop.records.endpoint import VersionRef
from everloop.records.verdict import Verdict

CHURN = WhyQuery(endpoint="churn")
CANDIDATE = VersionRef(model="churn", number=2)


def test_where_nothing_was_opened_it_says_so_and_what_is_waited_for(looped, world):
    told = why(looped, CHURN, world).lines()
    assert told[0] == "churn@1 answers at churn."
    assert "  waits  outcomes: 0 of 500 new mature outcomes" in told
    assert told[-1] == "No cycle was opened here yet."


def test_the_newest_cycle_is_told_from_its_cause_to_its_verdicts(looped, world, fresh):
    turn_loop(fresh(), TurnRequest(loop="churn", reason="a new tariff"), world)
    told = "\n".join(why(looped, CHURN, world).newest)
    assert "Cycle churn.1 is pinning (propose, 1 gate, canary (10%, 50%, bake 10 min)):" in told
    assert "because a new tariff (manual, 2026-01-01 00:00:00 UTC)" in told
    assert "opened by ada: a new tariff" in told


def test_a_cycle_that_ended_tells_its_verdicts_and_where_its_report_is(looped, world, put):
    verdict = Verdict(policy="G1", name="accuracy", verdict="fail", reason="accuracy: 4 points worse.")
    put(
        state="closed",
        ending="refused",
        reason="4 points worse",
        judged=(Judged(candidate=CANDIDATE, verdicts=(verdict,)),),
        report="d" * 64,
    )
    told = why(looped, CHURN, world).newest
    assert told[0].startswith("Cycle churn.1 ended refused")
    assert "  gate of churn@2, accuracy: fail, 4 points worse" in told
    assert told[-1] == "  Report: everloop report churn --cycle 1"


def test_earlier_cycles_are_a_line_each_the_latest_first(looped, world, put):
    for number, ending in enumerate(("promoted", "rolled_back", "observed"), start=1):
        at = looped.clock.now() + timedelta(hours=number)
        put(
            number=number, state="closed", ending=ending, candidate=CANDIDATE, reason="so it is", closed_at=at
        )
    assert why(looped, CHURN, world).earlier == (
        "churn.2 rolled back churn@2: so it is (2026-01-01 02:00:00 UTC)",
        "churn.1 promoted churn@2: so it is (2026-01-01 01:00:00 UTC)",
    )


def test_many_causes_are_counted(looped, world, put):
    at = looped.clock.now()
    put(causes=tuple(Cause(kind="drift", at=at, detail=f"{n} moved", mark=str(n)) for n in range(9)))
    world.gated = Gated(judged=(), winner=None, undecided=True, reason="", rows=0)
    told = why(looped, CHURN, world).newest
    assert sum("because" in line for line in told) == 3
    assert "  and 6 causes more" in told
