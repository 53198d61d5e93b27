"""Which outcomes count: hand-made cases, and a slow and obvious oracle."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.capture import Received, Segment
from everloop.ledger.outcome_rows import outcome_rows
from everloop.ledger.settled import settled

MINUTE = 60_000_000_000
AGAIN = ("duplicate", None)
DOG_THEN = {"value": "dog", "happened_at": 1000}
DOG_KEY = {"value": "dog", "key": "k1"}


def standings(*outcomes):
    """What becomes of outcomes of one prediction and name, given as a value or as fields."""
    fields = [outcome if isinstance(outcome, dict) else {"value": outcome} for outcome in outcomes]
    received = [
        Received("e", "p1", "truth", **({"learned_at": MINUTE * place} | given))
        for place, given in enumerate(fields, start=1)
    ]
    rows = settled(outcome_rows([Segment(id="w-0", outcomes=received)], "e")).to_pylist()
    return [(row["standing"], row["revision"]) for row in rows]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["dog"], [("counts", 1)]),
        (["dog", "dog"], [("counts", 1), ("duplicate", None)]),
        (["dog", "cat"], [("counts", 1), ("correction", 2)]),
        (["dog", "cat", "dog"], [("counts", 1), ("correction", 2), ("correction", 3)]),
        (["dog", "cat", "cat", "dog", "dog"], [("counts", 1), ("correction", 2), AGAIN, ("correction", 3), AGAIN]),
        ([DOG_THEN, "cat", DOG_THEN], [("counts", 1), ("correction", 2), ("duplicate", None)]),
        ([DOG_THEN, "cat", DOG_THEN, "cat"], [("counts", 1), ("correction", 2), AGAIN, AGAIN]),
        ([DOG_THEN, "cat", DOG_THEN | {"happened_at": 2000}], [("counts", 1), ("correction", 2), ("correction", 3)]),
        ([DOG_THEN, "cat", DOG_THEN | {"source": "b"}], [("counts", 1), ("correction", 2), ("correction", 3)]),
        ([DOG_KEY, "cat", DOG_KEY], [("counts", 1), ("correction", 2), ("duplicate", None)]),
        ([DOG_KEY, "cat", DOG_KEY | {"key": "k2"}], [("counts", 1), ("correction", 2), ("correction", 3)]),
        ([DOG_KEY, DOG_KEY | {"value": "cat"}], [("counts", 1), ("correction", 2)]),
        ([DOG_KEY, DOG_KEY | {"key": "k2"}], [("counts", 1), ("duplicate", None)]),
        ([7, "7"], [("counts", 1), ("correction", 2)]),
        ([True, 1], [("counts", 1), ("correction", 2)]),
        (
            [{"value": "dog", "revision": 1}, {"value": "cat", "revision": 2}, {"value": "dog", "revision": 3}],
            [("counts", 1), ("correction", 2), ("correction", 3)],
        ),
        (
            [{"value": "dog", "revision": 3}, {"value": "cat", "revision": 3}],
            [("counts", 3), ("conflict", 3)],
        ),
        ([{"value": "dog", "revision": 5}, "cat"], [("counts", 5), ("correction", 6)]),
        (["dog", {"value": "cat", "revision": 1}], [("counts", 1), ("conflict", 1)]),
        (["dog", {"value": "dog", "revision": 1}], [("counts", 1), ("duplicate", 1)]),
        ([{"value": "dog", "revision": 2}, {"value": "cat", "revision": 1}], [("correction", 2), ("counts", 1)]),
        (
            [{"value": 1, "source": "a"}, {"value": 1, "source": "b"}, {"value": 2, "source": "b"}],
            [("counts", 1), ("counts", 2), ("correction", 3)],
        ),
        ([{"value": 1, "happened_at": 0}, {"value": 1, "happened_at": 1000}], [("counts", 1), ("counts", 2)]),
        (
            [{"value": 1, "learned_at": 9 * MINUTE}, {"value": 2, "learned_at": MINUTE}],
            [("correction", 2), ("counts", 1)],
        ),
    ],
)  # fmt: skip
def test_outcomes_of_one_prediction(outcomes, expected):
    assert standings(*outcomes) == expected


received_outcomes = st.builds(
    Received,
    endpoint=st.just("e"),
    prediction=st.integers(1, 12).map("p{}".format),
    name=st.sampled_from(["truth", "clicked"]),
    value=st.sampled_from(["a", "b", 1, True, 0]),
    learned_at=st.integers(0, 6).map(lambda n: n * MINUTE),
    happened_at=st.sampled_from([None, 0, MINUTE]),
    source=st.sampled_from(["", "s"]),
    revision=st.sampled_from([0, 0, 0, 1, 2, 5]),
    key=st.sampled_from(["", "", "k1", "k2"]),
)


def slow_oracle(received):
    """The rule of `settle.sql`, one outcome after the other."""
    result = {}
    arrived = sorted(enumerate(received), key=lambda pair: (pair[1].learned_at, pair[0]))
    key = lambda pair: (pair[1].prediction, pair[1].name)  # noqa: E731
    for _, group in groupby(sorted(arrived, key=key), key=key):
        seen, taken, highest, latest = set(), {}, 0, None
        for place, outcome in group:
            value = (type(outcome.value) is bool, type(outcome.value) is str, outcome.value)
            same = (value, outcome.happened_at, outcome.source, outcome.revision)
            told_apart = outcome.happened_at is not None or outcome.revision > 0
            sent_again = (told_apart and (same, "any") in seen) or (
                outcome.key and (same, outcome.key) in seen
            )
            seen |= {(same, "any"), (same, outcome.key)}
            if sent_again or (same == latest and not told_apart):
                result[place] = ("duplicate", None)
                continue
            latest = same
            revision = outcome.revision or highest + 1
            highest = max(highest, revision)
            if revision in taken:
                standing = "duplicate" if taken[revision][1] == value else "conflict"
                result[place] = (standing, revision)
            else:
                taken[revision] = (place, value)
        before = None
        for revision in sorted(taken):
            place, value = taken[revision]
            result[place] = ("counts" if before in (None, value) else "correction", revision)
            before = value
    return [result[place] for place in range(len(received))]


@settings(max_examples=40, deadline=None)
@given(st.lists(received_outcomes, max_size=100))
def test_the_query_follows_the_rule_told_one_by_one(received):
    rows = settled(outcome_rows([Segment(id="w-0", outcomes=received)], "e")).to_pylist()
    assert [(row["standing"], row["revision"]) for row in rows] == slow_oracle(received)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(received_outcomes.filter(lambda o: o.key or o.happened_at is not None), max_size=40), st.data()
)
def test_outcomes_that_are_told_apart_change_nothing_when_they_are_sent_again(received, data):
    again = data.draw(st.lists(st.sampled_from(received))) if received else []
    once = settled(outcome_rows([Segment(id="w-0", outcomes=received)], "e")).to_pylist()
    twice = settled(outcome_rows([Segment(id="w-0", outcomes=[*received, *again])], "e")).to_pylist()
    assert twice[: len(once)] == once
    assert all(row["standing"] in ("duplicate", "conflict") for row in twice[len(once) :])
