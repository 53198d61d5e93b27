import pyarrow as pa
import pytest

from everloop.evaluation.gates.takes_traffic import TakesTraffic
from everloop.records.signature import Column
from everloop.testing.linear_bundle import numbers

LEARNED = pa.table({"x": [1.0], "z": [1.0], "y": ["no"]})


def judged(case_of, rows, candidate, champion="right"):
    (verdict,) = TakesTraffic().judge(
        case_of(rows=rows, candidate=candidate, champion=champion, learned=LEARNED)
    )
    return verdict


def two(bundles, **options):
    return bundles([[0.0, 0.0], [1.0, 1.0]], **options)


def test_requests_as_the_champion_takes_them_pass(case_of, ledger_rows):
    verdict = judged(case_of, ledger_rows({"number.x": [1.0, 2.0]}, ["no", "no"]), "wrong")
    assert (verdict.verdict, verdict.rows, verdict.gate) == ("pass", 2, "E002")


def test_an_input_that_requests_lack_and_the_candidate_needs_fails(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 2.0], "ignored.z": ["3", None]}, ["no", "no"])
    verdict = judged(case_of, rows, two(bundles, columns=numbers("x", "z")))
    assert verdict.verdict == "fail"
    assert "it needs 'z', which 1 of 2 requests lack" in verdict.reason


def test_one_that_may_be_missing_passes(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0]}, ["no"])
    columns = (*numbers("x"), *numbers("z", nullable=True))
    assert judged(case_of, rows, two(bundles, columns=columns)).verdict == "pass"


def test_what_the_champion_ignores_may_be_read(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0], "ignored.z": ["3.5"]}, ["no"])
    assert judged(case_of, rows, two(bundles, columns=numbers("x", "z"))).verdict == "pass"


def test_a_number_where_it_takes_a_text_fails(case_of, bundles, ledger_rows):
    columns = (Column(name="x", kind="category", nullable=True, categories=("a",)),)
    verdict = judged(case_of, ledger_rows({"number.x": [1.0]}, ["no"]), bundles("right", columns=columns))
    assert "requests send 'x' as a number, it takes a category" in verdict.reason


def test_an_input_that_it_does_not_know_would_be_refused(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0], "number.z": [2.0]}, ["no"])
    verdict = judged(case_of, rows, "wrong", champion=two(bundles, columns=numbers("x", "z")))
    assert "requests send 'z', which it does not know and would refuse" in verdict.reason


def test_one_that_it_ignores_by_name_is_taken(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0], "number.z": [2.0]}, ["no"])
    assert judged(case_of, rows, bundles("right", ignored=("z",))).verdict == "pass"


def test_another_task_or_target_fails(case_of, bundles, ledger_rows):
    verdict = judged(case_of, ledger_rows({"number.x": [1.0]}, ["no"]), bundles([[1.0]], classes=()))
    assert "it is a regression, the endpoint answers with a classification" in verdict.reason


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (numbers("x", "z"), "it needs 'z', which the champion does not take"),
        (numbers("z"), "requests send 'x', which it does not know and would refuse"),
        (
            (Column(name="x", kind="category", nullable=True, categories=("a",)),),
            "requests send 'x' as a number, it takes a category",
        ),
    ],
)
def test_without_requests_the_champions_signature_says_what_they_bring(
    case_of, bundles, ledger_rows, columns, reason
):
    rows = ledger_rows({"number.x": []}, pa.array([], pa.string()))
    weights = [[0.0] * len(columns), [1.0] * len(columns)]
    verdict = judged(case_of, rows, bundles(weights, columns=columns))
    assert verdict.verdict == "fail"
    assert reason in verdict.reason


def test_many_problems_are_told_in_part(case_of, bundles, ledger_rows):
    names = "abcde"
    columns = (*numbers("x"), *numbers(*names))
    rows = ledger_rows({"number.x": [1.0]}, ["no"])
    learned_from = bundles([[0.0] * 6, [1.0] * 6], columns=columns)
    verdict = judged(case_of, rows, learned_from)
    assert verdict.value == 5
    assert verdict.reason.endswith("; and more.")
