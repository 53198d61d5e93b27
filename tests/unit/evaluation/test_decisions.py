import pyarrow as pa

from everloop.evaluation.decisions import decisions

NOBODY = pa.table(
    {
        "prediction": pa.array([], pa.string()),
        "name": pa.array([], pa.string()),
        "value": pa.array([], pa.string()),
    }
)
CLASSES = ("no", "yes")


def test_they_may_be_an_input_that_no_model_reads():
    rows = pa.table({"id": ["a", "b", "c"], "ignored.clerk": ["yes", None, "perhaps"]})
    found = decisions("clerk", rows, NOBODY, CLASSES)
    assert found.given.tolist() == [True, False, False]
    assert found.values.tolist() == [1.0, -1.0, -1.0]
    assert found.probabilities is None


def test_they_may_be_an_outcome_of_their_own():
    rows = pa.table({"id": ["a", "b", "c"]})
    outcomes = pa.table(
        {"prediction": ["c", "a", "a"], "name": ["clerk", "clerk", "y"], "value": ["no", "yes", "no"]}
    )
    found = decisions("clerk", rows, outcomes, CLASSES)
    assert found.values.tolist() == [1.0, -1.0, 0.0]
    assert found.given.tolist() == [True, False, True]


def test_numbers_are_read_from_texts_too():
    rows = pa.table({"id": ["a", "b", "c"], "ignored.guess": ["4.5", "-2", "many"]})
    found = decisions("guess", rows, NOBODY, ())
    assert found.given.tolist() == [True, True, False]
    assert found.values.tolist()[:2] == [4.5, -2.0]


def test_a_column_that_several_models_read_differently_is_read_in_every_kind():
    rows = pa.table({"id": ["a", "b"], "ignored.guess": ["4.5", None], "number.guess": [None, 7.0]})
    assert decisions("guess", rows, NOBODY, ()).values.tolist() == [4.5, 7.0]


def test_where_nobody_decided_there_are_none():
    rows = pa.table({"id": ["a"], "number.x": [1.0]})
    assert decisions("clerk", rows, NOBODY, CLASSES) is None
