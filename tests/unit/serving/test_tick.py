import json
import time

import numpy as np
import pytest

from everloop.serving.loaded_bundle import LoadedBundle, ModelFailed
from everloop.serving.refusal import Refused
from everloop.serving.response import Manner, json_reply
from everloop.serving.tick import Waiting
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import route

PATH = "/endpoints/sign/invocations"


def body(a: float, b: float, rows: int = 1) -> bytes:
    return json.dumps({"instances": [{"a": a, "b": b}] * rows}).encode()


@pytest.fixture
def sign(kit) -> LoadedBundle:
    """Says which of `a` and `b` is larger."""
    bundle = kit.load(linear_bundle(kit.folder, numbers("a", "b"), [[1, 0], [0, 1]], classes=("a", "b")))
    kit.route(1, [bundle], route("sign", bundle.digest))
    return bundle


def test_all_requests_of_a_tick_are_one_inference_and_one_capture(kit, sign, monkeypatch):
    counted = []
    infer = sign.infer
    monkeypatch.setattr(sign, "infer", lambda decoded: counted.append(decoded.rows) or infer(decoded))
    askers = [kit.listener() for _ in range(5)]
    for place, asker in enumerate(askers):
        kit.ask(asker, PATH, body(place, 2))
    kit.plane.tick.finish()
    assert counted == [5]
    assert len(kit.log.segments()[0].answers) == 1
    answers = [json.loads(asker.replies[0].body)["predictions"] for asker in askers]
    assert answers[0] == answers[1] == ["b"]
    assert answers[3] == answers[4] == ["a"]


def test_no_answer_leaves_before_its_whole_tick_is_captured(kit, sign):
    askers = [kit.listener() for _ in range(3)]
    for asker in askers:
        kit.ask(asker, PATH, body(1, 2))
    kit.plane.tick.finish()
    assert [asker.committed for asker in askers] == [[3]] * 3


def test_a_tick_is_split_over_the_variants_that_its_keys_belong_to(kit):
    champion = kit.load(linear_bundle(kit.folder, numbers("x"), [[1]]))
    candidate = kit.load(linear_bundle(kit.folder, numbers("x", "z"), [[10, 0]]))
    kit.route(1, [champion, candidate], route("r", champion.digest, candidate.digest, shares=(0.5, 0.5)))
    asked = [kit.listener() for _ in range(200)]
    for place, listener in enumerate(asked):
        try:
            kit.ask(
                listener, "/endpoints/r/invocations", b'{"instances":[{"x":%d}]}' % place, key=b"%d" % place
            )
        except Refused:  # the candidate reads a second column
            row = b'{"instances":[{"x":%d,"z":0}]}' % place
            kit.ask(listener, "/endpoints/r/invocations", row, key=b"%d" % place)
    kit.plane.tick.finish()
    answers = [json.loads(listener.replies[0].body) for listener in asked]
    for place, answer in enumerate(answers):
        factor, model = {"champion": (1.0, "sign@1"), "candidate": (10.0, "sign@2")}[answer["variant"]]
        assert (answer["predictions"], answer["model"]) == ([place * factor], model)
    assert 60 < sum(answer["variant"] == "candidate" for answer in answers) < 140


def test_the_answer_is_bit_for_bit_what_was_captured(kit, sign):
    listener = kit.listener()
    kit.ask(
        listener,
        PATH,
        json.dumps({"instances": [{"a": 1, "b": 2}], "probabilities": True}).encode(),
        key=b"k",
    )
    kit.plane.tick.finish()
    answer = json.loads(listener.replies[0].body)
    (kept,) = kit.log.segments()[0].answers[0]
    assert kept.ids == answer["ids"]
    assert np.frombuffer(kept.output, "<f4").tolist() == answer["probabilities"][0]
    assert len(bytes.fromhex(kept.key_hash)) == 8
    context = kit.log.segments()[0].contexts[kept.context]
    assert (context.endpoint, context.variant, context.version, context.route_table) == (
        "sign",
        "champion",
        1,
        1,
    )


def test_probabilities_are_the_softmax_of_the_products(kit, sign):
    listener = kit.listener()
    kit.ask(listener, PATH, json.dumps({"instances": [{"a": 1, "b": 3}], "probabilities": True}).encode())
    kit.plane.tick.finish()
    answer = json.loads(listener.replies[0].body)
    assert answer["classes"] == ["a", "b"]
    expected = np.exp([1, 3]) / np.exp([1, 3]).sum()
    assert answer["probabilities"][0] == pytest.approx(expected, abs=1e-6)


def test_every_row_has_an_id_of_its_own(kit, sign):
    listeners = [kit.listener() for _ in range(3)]
    for rows, listener in enumerate(listeners, start=1):
        kit.ask(listener, PATH, body(1, 2, rows))
    kit.plane.tick.finish()
    ids = [i for listener in listeners for i in json.loads(listener.replies[0].body)["ids"]]
    assert len(ids) == len(set(ids)) == 6


def test_a_full_log_refuses_its_ticks_requests_alone(kit, sign):
    first, second, third = (kit.listener() for _ in range(3))
    outcome = b'{"outcomes":[{"id":"x","name":"y","value":1}]}'
    kit.ask(first, PATH, body(1, 2))
    kit.plane.tick.finish()
    kit.log.full = True
    kit.ask(second, PATH, body(1, 2))
    kit.ask(second, "/endpoints/sign/outcomes", outcome)
    kit.plane.tick.finish()
    kit.log.full = False
    kit.ask(third, PATH, body(1, 2))
    kit.ask(third, "/endpoints/sign/outcomes", outcome)
    kit.plane.tick.finish()
    assert [reply.status for reply in first.replies + second.replies + third.replies] == [
        200,
        503,
        503,
        200,
        200,
    ]
    assert json.loads(second.replies[0].body)["code"] == "capture-failed"
    assert sum(len(segment.outcomes) for segment in kit.log.segments()) == 1
    counts = kit.metrics.counts()
    assert counts['everloop_requests_total{endpoint="sign",variant="champion",status="503"}'] == 1
    assert counts["everloop_capture_failures_total"] == 1


def test_a_row_that_a_model_fails_on_does_not_fail_its_neighbours(kit, sign, monkeypatch):
    infer = sign.infer

    def stumbling(decoded):
        if 13 in np.frombuffer(decoded.packed, "<f4"):
            raise ModelFailed("it does not like thirteens")
        return infer(decoded)

    monkeypatch.setattr(sign, "infer", stumbling)
    good, bad = kit.listener(), kit.listener()
    kit.ask(good, PATH, body(1, 2))
    kit.ask(bad, PATH, body(13, 2))
    kit.plane.tick.finish()
    assert (good.replies[0].status, bad.replies[0].status) == (200, 500)
    kept = kit.log.segments()[0].answers[0]
    assert [answer.error != "" for answer in kept] == [False, True]


def test_an_answer_that_is_no_number_is_the_models_failure(kit):
    bundle = kit.load(linear_bundle(kit.folder, numbers("x", "z", nullable=True), [[1, 1]]))
    kit.route(1, [bundle], route("sign", bundle.digest))
    nan, fine = kit.listener(), kit.listener()
    kit.ask(nan, PATH, b'{"instances":[{"x":1}]}')
    kit.ask(fine, PATH, b'{"instances":[{"x":1,"z":2}]}')
    kit.plane.tick.finish()
    assert (nan.replies[0].status, fine.replies[0].status) == (500, 200)
    assert json.loads(nan.replies[0].body)["code"] == "model-failed"


def test_outcomes_are_acknowledged_once_they_are_kept(kit, sign):
    listener = kit.listener()
    kit.ask(listener, "/endpoints/sign/outcomes", b'{"outcomes":[{"id":"x-1","name":"y","value":"a"}]}')
    kit.plane.tick.finish()
    assert json.loads(listener.replies[0].body) == {"accepted": 1}
    (kept,) = kit.log.segments()[0].outcomes
    assert (kept.endpoint, kept.prediction, kept.name, kept.value) == ("sign", "x-1", "y", "a")


def test_a_connection_that_speaks_twice_in_a_row_is_answered_at_once(kit, sign):
    one, other = kit.listener(), kit.listener()
    tick = kit.plane.tick

    def speak(listener) -> int:
        kit.ask(listener, PATH, body(1, 2))
        tick.heard(listener)
        return len(listener.replies)

    async def conversation() -> list[int]:
        import asyncio

        first = speak(one)
        await asyncio.sleep(0)
        return [first, speak(one), speak(other), speak(one)]

    assert kit.loop.run_until_complete(conversation()) == [0, 2, 0, 2]


def test_a_log_that_raises_whatever_it_likes_leaves_nobody_waiting(kit, sign, monkeypatch, caplog):
    asked, told, read = kit.listener(), kit.listener(), kit.listener()

    def overflow(answers, outcomes):
        raise OverflowError("Integer value out of range")

    kit.ask(asked, PATH, body(1, 2))
    kit.ask(told, "/endpoints/sign/outcomes", b'{"outcomes":[{"id":"x","name":"y","value":1}]}')
    kit.plane.tick.add(Waiting(read, Manner(), json_reply({})))
    with monkeypatch.context() as patched:
        patched.setattr(kit.log, "append", overflow)
        kit.plane.tick.finish()
    assert [listener.replies[0].status for listener in (asked, told, read)] == [500, 500, 200]
    assert json.loads(asked.replies[0].body)["code"] == "internal-error"
    assert "OverflowError" in caplog.text
    counts = kit.metrics.counts()
    assert counts['everloop_requests_total{endpoint="sign",variant="champion",status="500"}'] == 1
    kit.ask(asked, PATH, body(1, 2))
    kit.plane.tick.finish()
    assert asked.replies[1].status == 200


def test_an_inference_that_breaks_refuses_its_tick_alone(kit, sign, monkeypatch):
    listeners = [kit.listener() for _ in range(2)]
    for listener in listeners:
        kit.ask(listener, PATH, body(1, 2))
    with monkeypatch.context() as patched:
        patched.setattr(sign, "texts", lambda answers: answers[0].no_such_thing)
        kit.plane.tick.finish()
    assert [listener.replies[0].status for listener in listeners] == [500, 500]
    assert kit.log.segments() == []


def test_an_asker_that_breaks_does_not_keep_the_others_from_their_answers(kit, sign, monkeypatch, caplog):
    first, broken, last = (kit.listener() for _ in range(3))
    for listener in (first, broken, last):
        kit.ask(listener, PATH, body(1, 2))
    monkeypatch.setattr(broken, "deliver", None)
    kit.plane.tick.finish()
    assert [reply.status for reply in first.replies + last.replies] == [200, 200]
    assert "could not be delivered" in caplog.text


def test_a_slow_model_is_slow_in_its_own_latency_alone(kit, monkeypatch):
    """Both wait for it, being of one tick; but who looks at latencies must see whose it is."""
    champion = kit.load(linear_bundle(kit.folder, numbers("x"), [[1]]))
    candidate = kit.load(linear_bundle(kit.folder, numbers("x"), [[10]]))
    kit.route(1, [champion, candidate], route("r", champion.digest, candidate.digest, shares=(0.5, 0.5)))
    infer = candidate.infer

    def slow(decoded):
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            pass
        return infer(decoded)

    monkeypatch.setattr(candidate, "infer", slow)
    now = time.perf_counter()
    for place in range(20):
        kit.ask(
            kit.listener(),
            "/endpoints/r/invocations",
            b'{"instances":[{"x":1}]}',
            key=b"%d" % place,
            started=now,
        )
    kit.plane.tick.finish()
    segment = kit.log.segments()[0]
    latencies: dict[str, set[int]] = {}
    for one in segment.answers[0]:
        latencies.setdefault(segment.contexts[one.context].variant, set()).add(one.latency_us)
    assert max(latencies["champion"]) < 50_000 <= min(latencies["candidate"])
