"""A rollout at a real worker: both versions see every row, and the ledger pairs them with their truth."""

import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow.compute as pc
import pytest

from everloop.bundles.door import open_bundle
from everloop.clock import SystemClock
from everloop.ledger.ledger import Ledger
from everloop.records.loop import RolloutPlan
from everloop.records.target import TargetRule
from everloop.rollouts.observed import observe
from everloop.rollouts.watch import watch
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.stores.delta_tables import DeltaTables
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import RunningWorker, invocation, publish, read_answer, route, wait_until

Start = Callable[..., RunningWorker]
TARGET = TargetRule(outcome="truth")
CLASSES = ("more", "less")
ROLLED = 'everloop_shadow_{}_total{{endpoint="sign",variant="{}"}}'


class Rollout:
    """A champion that says whether `a` is more than `b`, and a candidate that says the opposite, at 30 %."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.worker = start()
        self.worker.message()
        self.layout = self.worker.layout
        self.ledger = Ledger(DeltaTables(self.layout.tables), self.layout, SystemClock())
        self.right = self.bundle([[1, 0], [0, 1]])
        self.wrong = self.bundle([[0, 1], [1, 0]])
        self.answered: dict[str, tuple[str, str]] = {}  # id to variant and answer, as the caller got it

    def bundle(self, weights) -> str:
        return linear_bundle(self.layout.bundles, numbers("a", "b"), weights, classes=CLASSES)

    def begin(self, number: int = 2, *, shares: tuple[float, float] = (0.7, 0.3)) -> None:
        publish(
            self.layout,
            number,
            route("sign", self.right, self.wrong, shares=shares, rollout="c-1", shadows=True),
        )
        assert self.worker.message() == {"table": number}

    def ask(self, count: int, *, rows: int = 1, key: str = "k") -> None:
        body = json.dumps({"instances": [{"a": 1, "b": 2}] * rows}).encode()
        with self.worker.connect() as client:
            for place in range(count):
                client.sendall(invocation(body, headers=f"X-Key: {key}{place}\r\n"))
                status, _, answer = read_answer(client)
                assert status == 200
                told = json.loads(answer)
                for i, prediction in zip(told["ids"], told["predictions"], strict=True):
                    self.answered[i] = (told["variant"], prediction)

    def tell(self, ids) -> None:
        outcomes = [{"id": i, "name": "truth", "value": "less"} for i in ids]
        body = json.dumps({"outcomes": outcomes}).encode()
        with self.worker.connect() as client:
            client.sendall(invocation(body, path="/endpoints/sign/outcomes"))
            assert read_answer(client)[0] == 200

    def rows(self):
        return self.ledger.rollout("sign", "c-1", TARGET)

    def seen_by_both(self) -> int:
        rows = self.rows()
        return pc.sum(pc.and_(rows["champion_seen"], rows["candidate_seen"]), min_count=0).as_py()

    def kill_and_start_again(self) -> None:
        self.worker.process.send_signal(signal.SIGKILL)
        self.worker.process.wait()
        self.worker = self._start()
        self.worker.message()


@pytest.fixture
def rollout(start_worker: Start) -> Rollout:
    return Rollout(start_worker)


def test_each_row_has_what_both_versions_made_of_it_and_its_truth(rollout):
    rollout.begin()
    rollout.ask(100)
    rollout.ask(10, rows=3, key="batch")
    told = list(rollout.answered)[::2]
    rollout.tell(told)
    wait_until(lambda: rollout.seen_by_both() == 130)
    for compacted in (False, True):
        if compacted:
            rollout.worker.end()
            assert rollout.ledger.compact().predictions == 260
        rows = rollout.rows()
        found = (rows[name].to_pylist() for name in ("id", "variant", "output"))
        assert {i: (variant, output) for i, variant, output in zip(*found, strict=True)} == rollout.answered
        assert {variant for variant, _ in rollout.answered.values()} == {"champion", "candidate"}
        assert set(rows["champion"].to_pylist()) == {"less"}
        assert set(rows["candidate"].to_pylist()) == {"more"}
        known = dict(zip(rows["id"].to_pylist(), rows["truth"].to_pylist(), strict=True))
        assert known == {i: "less" if i in set(told) else None for i in rollout.answered}


def test_a_wrong_candidate_is_seen_on_all_of_the_traffic_whatever_its_share(rollout):
    began = datetime.now(UTC)
    rollout.begin()
    rollout.ask(120)
    rollout.tell(rollout.answered)
    wait_until(lambda: rollout.seen_by_both() == 120)
    plan = RolloutPlan(steps=(0.3,))
    signature = open_bundle(rollout.layout.bundles, rollout.right).manifest.signature
    observed = observe(
        rollout.rows(), plan=plan, target=TARGET, champion=signature, candidate=signature, since=began
    )
    assert observed.differences == SignCounts(worse=120)
    assert observed.answers == (sum(variant == "candidate" for variant, _ in rollout.answered.values()),)
    found = {verdict.name: verdict.verdict for verdict in watch(observed, plan)}
    assert (found["quality"], found["shift of answers"], found["errors"]) == ("fail", "fail", "undecided")


def test_all_at_once_the_champion_shadows_what_the_candidate_answers(rollout):
    rollout.begin(shares=(0.0, 1.0))
    rollout.ask(30)
    wait_until(lambda: rollout.seen_by_both() == 30)
    assert set(rollout.answered.values()) == {("candidate", "more")}
    rows = rollout.rows()
    assert set(rows["candidate_share"].to_pylist()) == {1.0}
    assert set(rows["champion"].to_pylist()) == {"less"}


def test_everything_that_counts_answers_leaves_shadows_out(rollout):
    rollout.begin()
    rollout.ask(40)
    rollout.tell(rollout.answered)
    wait_until(lambda: rollout.seen_by_both() == 40)
    counts = rollout.ledger.counts("sign", TARGET)
    assert (counts.predictions, counts.shadows, counts.with_truth, counts.undelivered) == (40, 40, 40, 0)
    assert rollout.ledger.joined("sign", TARGET).num_rows == 40
    assert sorted(rollout.worker.captured()[0]) == sorted(rollout.answered)
    shadows = rollout.ledger.predictions("sign", shadow=True)
    assert sorted(shadows["id"].to_pylist()) == sorted(rollout.answered)
    assert shadows["number.a"].null_count == 40


def test_a_worker_that_is_killed_loses_no_answer_and_the_next_one_shadows_on(rollout):
    rollout.begin()
    rollout.ask(60)
    rollout.kill_and_start_again()
    rollout.ask(60, key="later")
    wait_until(lambda: rollout.seen_by_both() >= 60)
    rollout.worker.end()
    rollout.ledger.compact()
    ids = rollout.ledger.predictions("sign")["id"].to_pylist()
    assert len(ids) == len(set(ids)) == len(rollout.answered) == 120
    assert set(ids) == set(rollout.answered)
    rows = rollout.rows()
    assert rows["id"].to_pylist() == ids
    both = pc.and_(rows["champion_seen"], rows["candidate_seen"])
    assert pc.all(both.slice(60)).as_py()  # what waited when the first was killed is lost, and only that


def test_a_candidate_whose_bundle_is_refused_as_a_shadow_leaves_the_answers_alone(rollout):
    file = rollout.layout.bundles / rollout.wrong / "model.onnx"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    plain = route("sign", rollout.right)
    both = route("sign", rollout.right, rollout.wrong, shares=(0.7, 0.3), shadows=True)
    publish(
        rollout.layout,
        2,
        type(plain)(endpoint="sign", salt="", variants=plain.variants, shadows=both.shadows),
    )
    assert rollout.worker.message()["refused"]["bundle"] == rollout.wrong
    assert rollout.worker.message() == {"table": 2}
    rollout.ask(5)
    assert set(rollout.answered.values()) == {("champion", "less")}


def test_term_finishes_what_waits_or_counts_it(rollout):
    rollout.begin()
    rollout.ask(200)
    assert rollout.worker.end() == 0
    (file,) = rollout.layout.run.glob("metrics-*.json")
    counts = json.loads(file.read_bytes())["counts"]
    finished, dropped = (
        sum(counts.get(ROLLED.format(what, who), 0) for who in ("champion", "candidate"))
        for what in ("rows", "dropped")
    )
    assert (finished, dropped) == (200, 0)
    assert rollout.seen_by_both() == 200
