import pytest

from everloop.ledger.capture import Received
from everloop.records.signature import Signature
from everloop.serving.truth import Truth


def told(classes, *values, name="Churn"):
    task = "classification" if classes else "regression"
    truth = Truth([Signature(task=task, target="Churn", columns=(), classes=classes)])
    return truth.not_counted(
        [Received(endpoint="e", prediction="p", name=name, value=value, learned_at=1) for value in values]
    )


@pytest.mark.parametrize(
    ("classes", "values"),
    [
        (("No", "Yes"), ["No", "Yes"]),
        ((0, 1), [0, 1, 1.0, "1", "0.0", True]),
        ((False, True), [True, "true", "False", 0, 1.0]),
        (("1", "2"), ["1", 2, 2.0]),
        ((), [3, -0.5, "7.25", 0]),
    ],
)
def test_a_value_that_the_ledger_reads_as_a_class_or_number_counts(classes, values):
    assert told(classes, *values) == []


@pytest.mark.parametrize(
    ("classes", "value"),
    [
        (("No", "Yes"), "yes"),
        (("No", "Yes"), True),
        ((0, 1), 2),
        ((0, 1), "one"),
        ((False, True), "perhaps"),
        ((), "n/a"),
        ((), 1e39),
        ((), "nan"),
    ],
)
def test_one_that_is_none_does_not(classes, value):
    (doubt,) = told(classes, value)
    assert doubt["count"] == 1
    assert doubt["why"].startswith("no class of the model" if classes else "no number")


def test_what_does_not_count_is_named_by_its_places():
    (doubt,) = told(("No", "Yes"), "Yes", "maybe", "No", "perhaps")
    assert (doubt["name"], doubt["count"], doubt["rows"]) == ("Churn", 2, [1, 3])
    assert "`No`, `Yes`" in doubt["why"]


def test_another_name_is_no_truth():
    assert told(("No", "Yes"), "Yes", name="rating") == [
        {"name": "rating", "why": "the truth here is `Churn`", "count": 1, "rows": [0]}
    ]


def test_a_class_that_only_the_candidate_knows_counts():
    signatures = [
        Signature(task="classification", target="Churn", columns=(), classes=classes)
        for classes in (("No", "Yes"), ("No", "Yes", "Perhaps"))
    ]
    row = Received(endpoint="e", prediction="p", name="Churn", value="Perhaps", learned_at=1)
    assert Truth(signatures).not_counted([row]) == []
    assert Truth(signatures[:1]).not_counted([row])
