"""Maturity and truth: hand-made cases, and a slow and obvious oracle."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.capture import Answered, Context, Received, Segment
from everloop.ledger.join import joined
from everloop.ledger.outcome_rows import outcome_rows
from everloop.ledger.prediction_rows import prediction_rows
from everloop.ledger.settled import settled
from everloop.records.signature import Signature
from everloop.records.target import TargetRule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minutes(count):
    return timedelta(minutes=count)


@pytest.fixture
def noon():
    return NOON


def test_without_a_window_a_prediction_is_mature_once_its_outcome_is_known(writer, ledger):
    writer.predict("p1")
    writer.predict("p2")
    writer.tell("p1", "cat", learned=5)
    rows = ledger.joined("animals", TargetRule(outcome="species")).to_pylist()
    assert [(row["mature"], row["truth"], row["mature_at"]) for row in rows] == [
        (True, "cat", None),
        (False, None, None),
    ]


@pytest.mark.parametrize(
    ("now", "happened", "expected"),
    [
        (9, 5, (False, "cat", None)),
        (10, 5, (True, "cat", "cat")),
        (10, 10, (True, "cat", "cat")),
        (20, 10.001, (True, None, "none")),
        (20, None, (True, None, "none")),
        (9, None, (False, None, None)),
    ],
)
def test_a_window_closes_at_its_end_and_counts_what_happened_until_then(
    writer, ledger, noon, now, happened, expected
):
    writer.predict("p1")
    if happened is not None:
        writer.tell("p1", "cat", learned=90, happened=happened)
    target = TargetRule(outcome="species", within=minutes(10), otherwise="none")
    (row,) = ledger.joined("animals", target, noon + minutes(now)).to_pylist()
    assert (row["mature"], row["outcome"], row["truth"]) == expected
    assert row["mature_at"] == noon + minutes(10)


def test_a_correction_that_happened_after_the_window_leaves_the_earlier_revision(writer, ledger):
    writer.predict("p1")
    writer.tell("p1", "cat", happened=5)
    writer.tell("p1", "dog", happened=15, learned=16)
    target = TargetRule(outcome="species", within=minutes(10))
    (row,) = ledger.joined("animals", target).to_pylist()
    assert (row["truth"], row["revision"]) == ("cat", 1)


def test_ninety_days_late_counts_if_it_happened_in_time(writer, ledger):
    writer.predict("p1")
    writer.tell("p1", "cat", happened=5, learned=90 * 24 * 60)
    target = TargetRule(outcome="species", within=minutes(10), otherwise="none")
    assert ledger.joined("animals", target)["truth"].to_pylist() == ["cat"]


def test_other_names_are_not_the_truth(writer, ledger):
    writer.predict("p1")
    writer.tell("p1", "cat", name="rating")
    assert ledger.joined("animals", TargetRule(outcome="species"))["truth"].to_pylist() == [None]


def test_as_one_would_have_seen_it_then(writer, ledger, noon):
    writer.predict("p1")
    writer.predict("p2", minute=30)
    writer.tell("p1", "cat", learned=10)
    writer.tell("p1", "dog", learned=20)
    target = TargetRule(outcome="species")
    then = [ledger.joined("animals", target, known_by=noon + minutes(m)) for m in (5, 15, 40)]
    assert [rows["truth"].to_pylist() for rows in then] == [[None], ["cat"], ["dog", None]]


def test_a_window_that_was_open_then_is_not_yet_mature(writer, ledger, noon):
    writer.predict("p1")
    target = TargetRule(outcome="species", within=minutes(60), otherwise="cat")
    views = [
        ledger.joined("animals", target, now=now and noon + minutes(now), known_by=noon + minutes(known_by))
        for now, known_by in [(None, 59), (None, 61), (59, 61), (61, 59)]
    ]
    assert [rows["mature"].to_pylist() for rows in views] == [[False], [True], [False], [False]]
    assert [rows["truth"].to_pylist() for rows in views] == [[None], ["cat"], [None], [None]]


@pytest.mark.parametrize(
    ("classes", "truth", "types"),
    [
        ((3, 7), 7, "int64"),
        ((3, 7), "7", "int64"),
        (("3", "7"), 7, "string"),
        ((False, True), True, "bool"),
        ((False, True), 1, "bool"),
    ],
)
def test_truth_and_answer_are_of_one_type(writer, ledger, classes, truth, types):
    signature = Signature(task="classification", target="y", columns=(), classes=classes)
    writer.predict("p1", context=writer.context(signature=signature))
    writer.tell("p1", truth)
    rows = ledger.joined("animals", TargetRule(outcome="species"))
    assert str(rows["output"].type) == str(rows["truth"].type) == types
    assert rows["output"].to_pylist() == rows["truth"].to_pylist()


def test_an_hour_forth_and_back_on_the_clock_loses_no_row_and_puts_none_in_two_windows(writer, ledger, clock):
    """Check C7: windows lie on the times that rows carry; the present time only says which have closed."""
    target = TargetRule(outcome="species", within=minutes(10), otherwise="none")
    clock.moment = NOON
    matured = []
    for place, jump in enumerate([0, 60, -60, -60, 60, 60]):
        clock.advance(minutes(jump + 1))
        writer.predict(f"p{place}", minute=(clock.now() - NOON) / minutes(1))
        rows = ledger.joined("animals", target).to_pylist()
        assert [row["id"] for row in rows] == [f"p{n}" for n in range(place + 1)]
        assert [row["mature_at"] for row in rows] == [row["served_at"] + minutes(10) for row in rows]
        matured.append([row["id"] for row in rows if row["mature"]])
    # served at minutes 1, 62, 3, -56, 5 and 66: each is mature when the clock shows 10 minutes more, or later
    assert matured == [[], ["p0"], [], [], ["p3"], ["p0", "p2", "p3", "p4"]]


def test_every_row_is_in_exactly_one_of_the_windows_that_share_their_borders(writer, ledger):
    for place, minute in enumerate([0, 10, 9.999999, 10.000001, 20, -5]):
        writer.predict(f"p{place}", minute=minute)
    borders = [NOON + minutes(m) for m in (-10, 0, 10, 20, 30)]
    windows = pairwise(borders)
    found = [ledger.predictions("animals", since=a, until=b)["id"].to_pylist() for a, b in windows]
    assert found == [["p5"], ["p0", "p2"], ["p1", "p3"], ["p4"]]


PREDICTIONS = [SimpleNamespace(id=f"p{n}", served=n % 9) for n in range(40)]
MINUTE = 60_000_000_000

told = st.builds(
    Received,
    endpoint=st.just("animals"),
    prediction=st.integers(0, 45).map("p{}".format),
    name=st.sampled_from(["species", "species", "other"]),
    value=st.sampled_from(["cat", "dog"]),
    learned_at=st.integers(0, 12).map(lambda n: n * MINUTE),
    happened_at=st.none() | st.integers(0, 12).map(lambda n: n * MINUTE),
    revision=st.sampled_from([0, 0, 1, 2]),
)
targets = st.builds(
    TargetRule,
    outcome=st.just("species"),
    within=st.sampled_from([None, minutes(0), minutes(2), minutes(5)]),
    otherwise=st.sampled_from([None, "cat"]),
)


def slow_oracle(predictions, settled_rows, target, now):
    """For each prediction: outcome, mature, truth."""
    for prediction in predictions:
        closes = None if target.within is None else prediction.served + target.within // minutes(1)
        candidates = [
            row
            for row in settled_rows
            if row["prediction"] == prediction.id
            and row["name"] == target.outcome
            and row["standing"] in ("counts", "correction")
            and (closes is None or row["happened"] <= closes)
        ]
        latest = max(candidates, key=lambda row: row["revision"], default=None)
        outcome = latest and latest["value"]
        mature = latest is not None if closes is None else now >= closes
        truth = None if not mature else outcome if latest else target.otherwise
        yield outcome, mature, truth


@settings(max_examples=30, deadline=None)
@given(st.lists(told, max_size=120), targets, st.integers(0, 14))
def test_the_join_follows_the_rule_told_one_by_one(received, target, now):
    outcomes = settled(outcome_rows([Segment(id="w-0", outcomes=received)], "animals"))
    predictions = prediction_rows([_segment()], "animals")
    rows = joined(predictions, outcomes, target, EPOCH + minutes(now)).to_pylist()
    plain = [
        row | {"value": row["value.text"], "happened": (row["happened_at"] - EPOCH) / minutes(1)}
        for row in outcomes.to_pylist()
    ]
    expected = list(slow_oracle(PREDICTIONS, plain, target, now))
    assert [(row["outcome"], row["mature"], row["truth"]) for row in rows] == expected


def _segment():
    signature = Signature(task="classification", target="species", columns=(), classes=("cat", "dog"))
    context = Context(
        endpoint="animals", variant="champion", model="m", version=1, bundle="b", signature=signature,
        route_table=1, share=1.0,
    )  # fmt: skip
    body, output = b'{"instances": [{}]}', b"\x00\x00\x80\x3f\x00\x00\x00\x00"
    answers = [Answered(0, [p.id], body, output, p.served * MINUTE, 1) for p in PREDICTIONS]
    return Segment(id="w-0", contexts={0: context}, answers=[answers])
