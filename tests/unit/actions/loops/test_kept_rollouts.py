"""What a process keeps of rollouts: one an endpoint, for as long as it is open, and nothing of a look that failed."""

import json
import struct
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from everloop.actions import ledger_surroundings
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.kept_rollouts import MOST, KeptRollouts
from everloop.actions.ledger_surroundings import LedgerSurroundings
from everloop.actions.watch_rollout import whole_rollout
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.ledger.taught import Taught
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopRecord
from everloop.records.target import TargetRule
from everloop.registry.versions import known_version
from everloop.rollouts.observed import observe

UNKNOWN = "what churn@1 and churn@2 was trained on is not known, such rows count"
CANDIDATE = VersionRef(model="churn", number=2)


@pytest.fixture
def log(context):
    log = SegmentLog(context.layout.capture)
    yield log
    log.close()


@pytest.fixture
def answer(context, log, versions):
    """So many answers of the candidate in a rollout, moved into the tables."""

    def answer(cycle, rows, body=b""):
        who = Context(
            endpoint=cycle.endpoint, variant="candidate", model="churn", version=2, bundle="b" * 64,
            signature=versions[1].signature, route_table=1, share=0.1, rollout=cycle.id,
        )  # fmt: skip
        context.clock.advance(timedelta(seconds=1))
        now = round(context.clock.now().timestamp() * 1e6) * 1000
        ids = [f"{log.worker}-{now}-{n}" for n in range(rows)]
        output = struct.pack("<2f", 0.9, 0.1)
        number = log.context(who)
        log.append([Answered(number, [one], body, output, now, 900) for one in ids])
        log.append((), [Received(cycle.endpoint, one, "Churn", "No", now) for one in ids])
        log.seal()
        Ledger(context.tables, context.layout, context.clock).compact()

    return answer


@pytest.fixture
def rolling(context, versions, again, put):
    """A cycle of an endpoint whose candidate takes traffic."""

    def rolling(endpoint="churn", **changed):
        if changed.get("number", 1) == 1:
            deploy(again(), DeployRequest(endpoint=endpoint, model="churn", version=1))
        given = {"state": "rolling", "candidate": CANDIDATE, "rolling_since": context.clock.now()}
        return put(endpoint=endpoint, **(given | changed))

    return rolling


@pytest.fixture
def reads(monkeypatch):
    """The endpoint of each reading, and after how many rows it began."""
    asked, unread = [], Ledger.unread_rollout

    def reading(ledger, endpoint, *given, after, **named):
        asked.append((endpoint, after[0]))
        return unread(ledger, endpoint, *given, after=after, **named)

    monkeypatch.setattr(Ledger, "unread_rollout", reading)
    return asked


def read_whole(context, cycle):
    rows, _ = whole_rollout(context, cycle)
    with context.metadata.transaction() as transaction:
        champion, candidate = (known_version(transaction, "churn", number).signature for number in (1, 2))
    found = observe(
        rows, plan=cycle.policy.rollout, target=TargetRule(outcome="Churn"), champion=champion, candidate=candidate,
        since=cycle.rolling_since,
    )  # fmt: skip
    return replace(found, left_out=UNKNOWN)


def test_a_look_says_what_a_full_read_says_and_reads_what_is_new(context, rolling, answer, reads):
    kept, cycle = KeptRollouts(), rolling()
    for rows in (2, 3):
        answer(cycle, rows)
        assert kept.look(context, cycle) == read_whole(context, cycle)
    assert reads[::2] == [("churn", 0), ("churn", 2)]  # between them the full reads


def test_rows_that_either_version_was_fitted_on_do_not_count(context, versions, rolling, answer):
    table = pa.table({"tenure": [1.5, 2.5, 3.5], "Churn": ["No", "Yes", "No"]})
    marks = Taught.of(versions[1].signature.columns, table).to_bytes()
    with context.metadata.transaction() as transaction:
        transaction.replace(replace(versions[1], taught=context.blobs.write(marks)))
    kept, cycle = KeptRollouts(), rolling()
    for rows, tenure in ((4, 2.5), (3, 9.0)):
        answer(cycle, rows, json.dumps({"instances": [{"tenure": tenure}]}).encode())
    assert kept.look(context, cycle).left_out == (
        "outcomes that do not count: 4 are of rows that a version was fitted on; "
        "what churn@1 was trained on is not known, such rows count"
    )


@pytest.mark.parametrize("blob", ["gone", "of another kind"])
def test_marks_that_cannot_be_read_stop_no_look(context, versions, rolling, answer, blob):
    digest = "0" * 64 if blob == "gone" else context.blobs.write(b"something else")
    with context.metadata.transaction() as transaction:
        transaction.replace(replace(versions[1], taught=digest))
    cycle = rolling()
    answer(cycle, 4)
    found = KeptRollouts().look(context, cycle)
    assert found.left_out == UNKNOWN
    assert found.answers[0] == 4


def test_rollouts_of_several_endpoints_are_kept_side_by_side(context, rolling, answer, reads):
    kept, cycles = KeptRollouts(), [rolling("cats"), rolling("dogs")]
    for rows, cycle in enumerate(cycles, start=2):
        answer(cycle, rows)
    for _ in range(2):
        assert [kept.look(context, cycle).answers[0] for cycle in cycles] == [2, 3]
    assert reads == [("cats", 0), ("dogs", 0), ("cats", 2), ("dogs", 3)]


def test_what_was_let_go_is_read_again_and_no_other(context, rolling, answer, reads):
    kept, cycles = KeptRollouts(), [rolling("cats"), rolling("dogs")]
    for cycle in cycles:
        answer(cycle, 2)
        kept.look(context, cycle)
    kept.let_go(context, "cats")
    kept.let_go(context, "birds")  # of which nothing is kept
    assert [kept.look(context, cycle).answers[0] for cycle in cycles] == [2, 2]
    assert reads[2:] == [("cats", 0), ("dogs", 2)]


@pytest.mark.parametrize("changed", ["cycle", "plan", "beginning"])
def test_another_rollout_of_the_endpoint_begins_anew(context, rolling, answer, reads, changed):
    kept, cycle = KeptRollouts(), rolling()
    answer(cycle, 2)
    kept.look(context, cycle)
    plan = replace(cycle.policy, rollout=replace(cycle.policy.rollout, steps=(0.2, 0.5)))
    other = {
        "cycle": replace(cycle, number=2),
        "plan": replace(cycle, policy=plan),
        "beginning": replace(cycle, rolling_since=context.clock.now() + timedelta(hours=1)),
    }[changed]
    assert kept.look(context, other) == read_whole(context, other)
    assert reads == [("churn", 0)] * 3  # the last is the full read


def test_a_look_that_failed_is_followed_by_one_that_reads_all(context, rolling, answer, reads, monkeypatch):
    kept, cycle = KeptRollouts(), rolling()
    answer(cycle, 2)
    kept.look(context, cycle)
    answer(cycle, 3)
    with monkeypatch.context() as broken:
        broken.setattr(type(context.tables.snapshot("predictions/churn")), "after", _unreadable)
        with pytest.raises(OSError, match="unreadable"):
            kept.look(context, cycle)
    assert kept.look(context, cycle).answers[0] == 5
    assert reads == [("churn", 0), ("churn", 2), ("churn", 0)]


def _unreadable(*given):
    raise OSError("unreadable")


def test_of_more_than_are_kept_those_that_were_looked_at_last_stay(context, rolling, answer, reads):
    kept, cycles = KeptRollouts(), [rolling(f"e{number}") for number in range(MOST + 1)]
    answer(cycles[0], 2)
    answer(cycles[1], 2)
    for cycle in (*cycles[:MOST], cycles[0], cycles[MOST], cycles[0], cycles[1]):
        kept.look(context, cycle)
    assert reads[-2:] == [("e0", 2), ("e1", 0)]


def test_nothing_is_kept_once_the_cycle_has_ended(context, rolling, answer, reads, monkeypatch):
    kept, cycle = KeptRollouts(), rolling()
    monkeypatch.setattr(ledger_surroundings, "KEPT", kept)
    answer(cycle, 2)
    kept.look(context, cycle)
    loop = LoopRecord(
        name="keeper", endpoint="churn", model="churn", dataset="churn", target=TargetRule(outcome="Churn"),
        recipes=(), policy=cycle.policy, triggers=(), audit_share=0.0, declared_at=context.clock.now(),
    )  # fmt: skip
    LedgerSurroundings().news(context, loop)  # asked for while none is open
    kept.look(context, cycle)
    assert reads == [("churn", 0), ("churn", 0)]
