from dataclasses import replace
from datetime import timedelta

from everloop.actions.queries.why import WhyQuery, why
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.jobs.leased import LeasedJobs
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
    brief = why(looped, CHURN, world)
    assert (brief.earlier, brief.before) == ((), 2)
    assert brief.lines()[-1] == "2 cycles before that, and every verdict: everloop why churn --all"
    assert why(looped, replace(CHURN, all=True), world).earlier == (
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


def test_what_decided_is_told_and_the_other_checks_are_counted(looped, world, put):
    def verdict(gate, judgement, name, needed=True):
        reason = f"{name}: so it is."
        return Verdict(policy="G1", name=name, verdict=judgement, reason=reason, gate=gate, needed=needed)

    verdicts = (
        verdict("E001", "pass", "rows"),
        verdict("E002", "pass", "answers"),
        verdict("E003", "undecided", "a slice", needed=False),
        verdict("E101", "pass", "accuracy against the champion"),
        verdict("E006", "fail", "leak"),
    )
    put(state="closed", ending="refused", judged=(Judged(candidate=CANDIDATE, verdicts=verdicts),))
    brief = [line for line in why(looped, CHURN, world).newest if "gate of" in line]
    assert brief == [
        "  gate of churn@2, accuracy against the champion: pass, so it is",
        "  gate of churn@2, leak: fail, so it is",
        "  gate of churn@2, 2 more checks passed",
    ]
    every = [line for line in why(looped, replace(CHURN, all=True), world).newest if "gate of" in line]
    assert len(every) == 5


def test_gates_that_looked_again_and_again_are_one_line(looped, world, put, tick):
    put(state="judging", candidate=CANDIDATE, candidates=(CANDIDATE,))
    queue = LeasedJobs(looped.metadata, looped.clock)
    for rows in (20, 100, 200):
        world.usable = rows
        tick()
        job = queue.claim("t/1", timedelta(minutes=1))
        queue.finish(
            job.key,
            "t/1",
            {
                "judged": [{"candidate": {"model": "churn", "number": 2}, "verdicts": []}],
                "winner": None,
                "undecided": True,
                "reason": f"{rows} rows are too few",
                "rows": rows,
            },
        )
        tick()
    told = [line for line in why(looped, CHURN, world).newest if "gates undecided" in line]
    assert len(told) == 1
    assert "gates undecided (3 times) by" in told[0]
    assert "200 rows are too few" in told[0]
