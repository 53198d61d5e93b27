"""What a worker does for a model that somebody else serves: it answers nobody, and records."""

import json

import pytest

from everloop.bundles.door import open_bundle
from everloop.errors import BundleRefused
from everloop.serving.elsewhere import ElsewhereBundle
from everloop.serving.refusal import Refused
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_proxy import elsewhere_bundle
from everloop.testing.running_worker import route

RECORDS, INVOCATIONS = "/endpoints/sign/records", "/endpoints/sign/invocations"
ROW = {"a": 2, "b": 1}


def body(**members: object) -> bytes:
    return json.dumps({"instances": [ROW], "predictions": ["more"], **members}).encode()


@pytest.fixture
def watched(kit) -> ElsewhereBundle:
    digest = elsewhere_bundle(kit.folder, numbers("a", "b", nullable=True), ("more", "less"))
    bundle = ElsewhereBundle(open_bundle(kit.folder, digest), max_rows=10)
    kit.route(1, [bundle], route("sign", digest))
    return bundle


def told(kit, sent: bytes, path: str = RECORDS) -> dict[str, object]:
    asker = kit.listener()
    kit.ask(asker, path, sent)
    kit.plane.tick.finish()
    return json.loads(asker.replies[0].body)


def test_there_is_nothing_to_run(kit, watched):
    with pytest.raises(BundleRefused, match="served elsewhere"):
        open_bundle(kit.folder, watched.digest).runtime()


def test_what_is_recorded_is_captured_before_it_is_acknowledged_under_the_callers_id(kit, watched):
    asker = kit.listener()
    kit.ask(asker, RECORDS, body(ids=["order-1"], latency_ms=12.5))
    kit.plane.tick.finish()
    assert json.loads(asker.replies[0].body) == {"recorded": 1, "ids": ["order-1"]}
    (segment,) = kit.log.segments()
    ((answered,),) = segment.answers
    assert (answered.ids, answered.output, answered.latency_us) == (["order-1"], b"\0\0\0\0", 12500)
    context = segment.contexts[answered.context]
    assert (context.rung, context.model) == ("elsewhere", "sign")


def test_a_record_without_an_id_gets_one(kit, watched):
    first, second = told(kit, body()), told(kit, body())
    assert first["ids"] != second["ids"]


def test_it_takes_no_questions(kit, watched):
    with pytest.raises(Refused) as refused:
        told(kit, b'{"instances":[{"a":1,"b":2}]}', INVOCATIONS)
    assert (refused.value.status, refused.value.code) == (409, "served-elsewhere")


def test_an_endpoint_that_answers_here_takes_no_records(kit):
    ours = kit.load(linear_bundle(kit.folder, numbers("a", "b"), [[1, 0], [0, 1]], classes=("more", "less")))
    kit.route(1, [ours], route("sign", ours.digest))
    with pytest.raises(Refused) as refused:
        told(kit, body())
    assert (refused.value.status, refused.value.code) == (409, "served-here")


def test_probabilities_are_kept_where_they_were_given(watched):
    recorded = watched.record(body(probabilities=[[0.75, 0.25]]))
    assert len(recorded.output) == 8


WRONG = {
    "no JSON": (b"{", "malformed-json"),
    "no answers": (b'{"instances": [{"a": 1}]}', "invalid-request"),
    "fewer answers than rows": (body(predictions=[]), "wrong-count"),
    "an unknown class": (body(predictions=["equal"]), "invalid-answer"),
    "an unknown column": (body(instances=[{"c": 1}]), "invalid-row"),
    "a text for a number": (body(instances=[{"a": "x"}]), "invalid-row"),
    "no rows": (body(instances=[], predictions=[]), "wrong-row-count"),
    "too many rows": (body(instances=[ROW] * 11, predictions=["more"] * 11), "wrong-row-count"),
    "an empty id": (body(ids=[""]), "invalid-id"),
    "an id twice": (body(instances=[ROW] * 2, predictions=["more"] * 2, ids=["x", "x"]), "invalid-id"),
    "a stranger's member": (body(model="mine"), "invalid-request"),
    "probabilities of another class": (body(probabilities=[[0.25, 0.75]]), "invalid-answer"),
    "too few probabilities": (body(probabilities=[[1.0]]), "invalid-answer"),
    "a latency below nothing": (body(latency_ms=-1), "invalid-request"),
    "a member twice": (b'{"instances": [{"a": 1, "a": 2}], "predictions": ["more"]}', "duplicate-member"),
}


@pytest.mark.parametrize(("sent", "code"), WRONG.values(), ids=WRONG.keys())
def test_a_record_that_does_not_fit_is_refused_whole(watched, sent, code):
    with pytest.raises(Refused) as refused:
        watched.record(sent)
    assert refused.value.status == 400
    if code != "duplicate-member":
        assert refused.value.code == code
