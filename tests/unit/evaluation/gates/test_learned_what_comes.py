import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.gates.learned_what_comes import LearnedWhatComes
from everloop.records.signature import Column
from everloop.testing.linear_bundle import numbers

COUNT = 60


def table(x, **more):
    return pa.table({"x": x, "y": ["no", "yes"] * (len(x) // 2), **more})


def judged(case_of, bundles, ours, theirs, requests, *, columns=None, theirs_columns=None):
    columns = numbers("x", nullable=True) if columns is None else columns
    theirs_columns = columns if theirs_columns is None else theirs_columns

    def model(of, weight):
        return bundles([[0.0] * len(of), [weight] * len(of)], columns=of)

    return LearnedWhatComes().judge(
        case_of(
            rows=requests,
            candidate=model(columns, 1.0),
            champion=model(theirs_columns, 2.0),
            learned=ours,
            champion_learned=theirs,
        )
    )


def near(centre, count=COUNT):
    return centre + np.linspace(-1, 1, count)


def test_another_unit_than_the_requests_fails_and_says_so(case_of, bundles, ledger_rows):
    requests = ledger_rows({"number.x": near(5.0)}, ["no"] * COUNT)
    (verdict,) = judged(case_of, bundles, table(near(5000.0)), table(near(5.0)), requests)
    assert verdict.verdict == "fail"
    assert (
        "100% of the requests have a 'x' outside of what it learned from (4999.01 to 5000.99)"
        in verdict.reason
    )


def test_a_world_that_moved_is_no_reason_against_a_refit(case_of, bundles, ledger_rows):
    requests = ledger_rows({"number.x": near(50.0)}, ["no"] * COUNT)
    (verdict,) = judged(case_of, bundles, table(near(20.0)), table(near(5.0)), requests)
    assert verdict.verdict == "pass"


def test_other_codes_than_the_requests_fail(case_of, bundles, ledger_rows):
    def column(*categories):
        return (Column(name="c", kind="category", nullable=True, categories=categories),)

    texts = [f"c{i % 12}" for i in range(COUNT)]
    requests = ledger_rows({"category.c": texts}, ["no"] * COUNT)
    learned = table(near(1.0), c=["X1"] * COUNT)
    (verdict,) = judged(
        case_of,
        bundles,
        learned,
        learned,
        requests,
        columns=column("X1"),
        theirs_columns=column(*sorted(set(texts))),
    )
    assert verdict.verdict == "fail"
    assert "1 categories such as 'X1'" in verdict.reason


def test_a_text_with_too_many_values_for_the_signature_is_never_foreign(case_of, bundles, ledger_rows):
    def column(*categories):
        return (Column(name="c", kind="category", nullable=True, categories=categories, missing=""),)

    texts = [f"c{i % 12}" for i in range(COUNT)]
    requests = ledger_rows({"category.c": texts}, ["no"] * COUNT)
    learned = table(near(1.0), c=texts)
    known = tuple(sorted(set(texts)))
    (verdict,) = judged(
        case_of, bundles, learned, learned, requests, columns=column(), theirs_columns=column(*known)
    )
    assert verdict.verdict == "pass"


def test_a_column_that_was_empty_in_training_fails_where_requests_bring_it(case_of, bundles, ledger_rows):
    requests = ledger_rows({"number.x": near(5.0)}, ["no"] * COUNT)
    empty = table(pa.nulls(COUNT, pa.float64()))
    (verdict,) = judged(case_of, bundles, empty, table(near(5.0)), requests)
    assert "'x' is empty in its whole training window, while requests bring it" in verdict.reason


def test_a_column_that_requests_lack_fails_where_only_the_candidate_learned_from_it(
    case_of, bundles, ledger_rows
):
    both = numbers("x", "z", nullable=True)
    requests = ledger_rows({"number.x": near(5.0)}, ["no"] * COUNT)
    learned = table(near(5.0), z=near(0.0))
    (verdict,) = judged(
        case_of, bundles, learned, learned, requests, columns=both, theirs_columns=numbers("x", nullable=True)
    )
    assert (
        "it learned from 'z', which 100% of the requests lack and 0% of its training rows" in verdict.reason
    )


def test_one_that_the_champion_misses_as_well_is_no_reason(case_of, bundles, ledger_rows):
    both = numbers("x", "z", nullable=True)
    requests = ledger_rows({"number.x": near(5.0)}, ["no"] * COUNT)
    learned = table(near(5.0), z=near(0.0))
    assert judged(case_of, bundles, learned, learned, requests, columns=both)[0].verdict == "pass"


@pytest.mark.parametrize("values", [np.full(COUNT, 7.0), np.arange(COUNT) % 5])
def test_requests_that_are_all_alike_say_nothing_of_units(case_of, bundles, ledger_rows, values):
    requests = ledger_rows({"number.x": values.astype(float)}, ["no"] * COUNT)
    assert judged(case_of, bundles, table(near(5000.0)), table(near(4.0)), requests)[0].verdict == "pass"


def test_a_handful_of_requests_says_nothing(case_of, bundles, ledger_rows):
    requests = ledger_rows({"number.x": near(5.0, 29)}, ["no"] * 29)
    assert judged(case_of, bundles, table(near(5000.0)), table(near(5.0)), requests) == ()
