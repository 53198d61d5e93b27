import pytest

from everloop.evaluation.gates.knows_classes import KnowsClasses


def judged(case_of, bundles, rows, ours, theirs):
    def of(classes):
        return bundles([[float(place)] for place in range(len(classes))], classes=classes)

    return KnowsClasses().judge(case_of(rows=rows, candidate=of(ours), champion=of(theirs)))


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "told"),
    [
        (("a", "b"), ("a", "b", "c"), "fail", "it cannot answer 'c' (2 rows), which the champion can"),
        (("a", "b", "c"), ("a", "b"), "pass", "it knows all 3 classes"),
        (("a", "b"), ("a", "b"), "pass", "nobody knows 'c'"),
        (("a", "c"), ("a", "c", "d"), "pass", "it no longer knows 'd', which no row has"),
    ],
)
def test_a_class_of_the_rows_that_the_champion_knows_must_not_be_lost(
    case_of, bundles, ledger_rows, ours, theirs, verdict, told
):
    rows = ledger_rows({"number.x": [1.0, 2.0, 3.0]}, ["a", "c", "c"])
    (found,) = judged(case_of, bundles, rows, ours, theirs)
    assert found.verdict == verdict
    assert told in found.reason


def test_of_a_regression_it_says_nothing(case_of, bundles, ledger_rows):
    model = bundles([[1.0]], classes=())
    case = case_of(rows=ledger_rows({"number.x": [1.0]}, [1.0]), candidate=model, champion=model)
    assert KnowsClasses().judge(case) == ()
