"""Captured answers to rows: NumPy and the signature are the oracle."""

import numpy as np
import pytest

from everloop.ledger.capture import Answered
from everloop.ledger.labels import one_column
from everloop.ledger.prediction_rows import ENVELOPE, answers_without_context, prediction_rows
from everloop.records.signature import Column, Signature

WARMTH = (Column(name="warmth", kind="number", nullable=True),)
BIKES = Signature(task="regression", target="rented", columns=WARMTH)


def rows_of(writer, endpoint="animals"):
    return prediction_rows(writer.log.segments(), endpoint)


def test_a_row_holds_all_that_is_known_of_its_answer(writer):
    context = writer.context(version=3, share=0.1, rollout="r1", route_table=9)
    row = {"length": 2, "tame": True, "colour": "red", "owner": "Ann"}
    more = {"ids": ["mine"], "event_time": "2026-02-28T01:00:00+01:00", "entities": [{"user": 7}]}
    writer.log.append([writer.answered("p1", rows=[row], minute=1, context=context, **more)])
    (found,) = rows_of(writer).to_pylist()
    assert found["served_at"].isoformat() == "2026-03-01T12:01:00+00:00"
    assert found["event_at"].isoformat() == "2026-02-28T00:00:00+00:00"
    expected = {
        "id": "p1",
        "caller_id": "mine",
        "endpoint": "animals",
        "variant": "champion",
        "model": "animals",
        "version": 3,
        "bundle": "b" * 64,
        "route_table": 9,
        "rollout": "r1",
        "share": 0.1,
        "rung": "model",
        "shadow": False,
        "key_hash": "",
        "entities": '{"user":7}',
        "features": None,
        "feature_view": None,
        "output.number": None,
        "output.text": "dog",
        "output.boolean": None,
        "probabilities": [0.25, 0.75],
        "latency_ms": 1.5,
        "error": None,
        "handed_over": None,
        "unread_body": None,
        "number.length": 2.0,
        "boolean.tame": True,
        "category.colour": "red",
        "ignored.owner": "Ann",
    }
    assert {name: found[name] for name in expected} == expected
    assert set(found) - set(expected) == {"served_at", "event_at"}


@pytest.mark.parametrize("classes", [("a", "b", "c"), (0, 1, 2), (0.5, 1.5, 2.5)])
def test_the_answer_is_the_class_with_the_largest_probability_the_first_of_equals(writer, classes):
    signature = Signature(task="classification", target="y", columns=WARMTH, classes=classes)
    probabilities = np.random.default_rng(5).dirichlet([1, 1, 1], 50).astype("<f4")
    probabilities[7] = [0.4, 0.4, 0.2]
    ids = [f"p{n}" for n in range(50)]
    context = writer.context(signature=signature)
    writer.predict(ids, rows=[{}] * 50, output=probabilities.ravel(), context=context)
    rows = rows_of(writer)
    assert one_column(rows, "output").to_pylist() == [classes[n] for n in probabilities.argmax(axis=1)]
    assert np.array_equal(np.array(rows["probabilities"].to_pylist(), "f4"), probabilities)


def test_a_regression_answers_numbers_without_probabilities(writer):
    context = writer.context(signature=BIKES)
    writer.predict(["p1", "p2"], rows=[{"warmth": 3}, {"warmth": None}], output=[7.5, -1e30], context=context)
    rows = rows_of(writer)
    assert one_column(rows, "output").to_pylist() == [7.5, float(np.float32(-1e30))]
    assert rows["probabilities"].null_count == 2


def test_a_failed_request_keeps_its_rows_and_inputs_without_an_answer(writer):
    writer.predict("p0", rows=[{"length": 1}])
    writer.predict(["p1", "p2"], rows=[{"length": 2}, {"length": 3}], output=[], error="out of memory")
    rows = rows_of(writer)
    assert one_column(rows, "output").to_pylist() == ["dog", None, None]
    assert rows["error"].to_pylist() == [None, "out of memory", "out of memory"]
    assert rows["number.length"].to_pylist() == [1.0, 2.0, 3.0]


def test_a_probability_that_is_no_number_is_no_answer(writer):
    writer.predict(["p1", "p2"], rows=[{}, {}], output=[float("nan"), 1, 1, 0])
    assert one_column(rows_of(writer), "output").to_pylist() == [None, "cat"]


def test_versions_with_other_columns_and_types_share_a_table_in_the_order_of_capture(writer):
    new = Signature(
        task="classification",
        target="species",
        columns=(Column(name="length", kind="category", nullable=True), *WARMTH),
        classes=("cat", "dog"),
    )
    contexts = [writer.context(), writer.context(version=2, signature=new)]
    for place in range(6):
        row = {"length": "long", "warmth": place} if place % 2 else {"length": place}
        writer.predict([f"p{place}a", f"p{place}b"], rows=[row, {}], context=contexts[place % 2])
    rows = rows_of(writer)
    assert rows["id"].to_pylist() == [f"p{n}{letter}" for n in range(6) for letter in "ab"]
    assert rows["number.length"].to_pylist()[::2] == [0, None, 2, None, 4, None]
    assert rows["category.length"].to_pylist()[::2] == [None, "long", None, "long", None, "long"]
    assert rows["number.warmth"].to_pylist()[::2] == [None, 1, None, 3, None, 5]
    assert rows["version"].to_pylist()[::2] == [1, 2] * 3


def test_other_endpoints_rows_stay_out(writer):
    bikes = writer.context("bikes", BIKES)
    writer.log.append([writer.answered("p1"), writer.answered("p2", output=[1.0], context=bikes)])
    assert rows_of(writer)["id"].to_pylist() == ["p1"]
    assert rows_of(writer, "bikes")["id"].to_pylist() == ["p2"]
    assert rows_of(writer, "nobody").equals(ENVELOPE.empty_table())


def test_only_the_last_group_of_a_dead_worker_may_not_have_left(writer):
    for place in range(3):
        writer.log.append([writer.answered(f"p{place}a"), writer.answered(f"p{place}b")])
    (segment,) = writer.log.segments()
    assert rows_of(writer)["handed_over"].to_pylist() == [True] * 4 + [None] * 2
    segment.sealed = True  # by the compactor: its worker is gone
    assert prediction_rows([segment], "animals")["handed_over"].to_pylist() == [True] * 4 + [False] * 2
    writer.log.seal()
    assert rows_of(writer)["handed_over"].to_pylist() == [True] * 6


def test_answers_whose_context_is_lost_are_counted(writer):
    writer.predict("p1")
    (segment,) = writer.log.segments()
    segment.contexts.clear()
    assert answers_without_context(segment) == 1
    assert prediction_rows([segment], "animals").num_rows == 0


def test_a_shadows_row_has_its_answers_id_and_none_of_its_inputs(writer):
    shadow = writer.context(variant="candidate", shadow=True)
    answered = writer.answered("p1", rows=[{"length": 2}])
    seen = Answered(shadow, ["p1"], b"", answered.output, answered.served_at, 90)
    writer.log.append([answered])
    writer.log.append([seen])
    first, second = rows_of(writer).to_pylist()
    assert (first["id"], first["shadow"], first["number.length"]) == ("p1", False, 2.0)
    assert (second["id"], second["shadow"], second["number.length"]) == ("p1", True, None)
    assert (second["variant"], second["latency_ms"], second["output.text"]) == ("candidate", 0.09, "dog")
    assert (second["unread_body"], second["error"], second["handed_over"]) == (None, None, None)


def test_an_answer_that_its_shadow_followed_was_handed_over(writer):
    writer.predict("p1")
    writer.predict("p1", context=writer.context(shadow=True))
    (segment,) = writer.log.segments()
    segment.sealed = True  # but not ended: its worker died
    assert prediction_rows([segment], "animals")["handed_over"].to_pylist() == [True, None]


def test_without_inputs_no_body_is_read(writer):
    writer.predict("p1", rows=[{"length": 2}])
    writer.log.append([Answered(writer.context(), ["p2"], b"no JSON", b"", 0, 0)])
    rows = prediction_rows(writer.log.segments(), "animals", inputs=False)
    assert rows["id"].to_pylist() == ["p1", "p2"]
    assert rows.schema.names == ENVELOPE.names
    assert rows["unread_body"].null_count == rows["caller_id"].null_count == 2
