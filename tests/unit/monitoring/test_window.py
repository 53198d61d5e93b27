import numpy as np

from everloop.monitoring.drift import drift
from everloop.monitoring.reference import reference_of
from everloop.monitoring.window import added, fold, unfolded


def test_windows_that_are_added_up_are_the_window_of_all_rows(chance, people, signature):
    reference = reference_of(signature, people(chance, 400), ["no"] * 90 + ["yes"] * 10)
    rows = people(chance, 300)
    answers = rows["member"].combine_chunks().cast("string")
    parts = [(rows.slice(0, 100), answers[:100]), (rows.slice(100), answers[100:])]
    first, second = (fold(reference, part, told) for part, told in parts)
    stretch = unfolded(added(reference, added(reference, None, first), second))
    whole = fold(reference, rows, answers)
    assert stretch.rows == whole.rows
    for one, other in zip((*stretch.columns, stretch.answers), (*whole.columns, whole.answers), strict=True):
        assert one.counts.tolist() == other.counts.tolist()
        assert one.missing == other.missing


def test_two_stretches_are_one_window(chance, people, signature):
    reference = reference_of(signature, people(chance, 400))
    windows = [fold(reference, people(chance, 50), None) for _ in range(2)]
    apart = [added(reference, None, window) for window in windows]
    together = unfolded(added(reference, apart[0], windows[1]))
    assert unfolded(*apart).columns[0].counts.tolist() == together.columns[0].counts.tolist()


def test_an_input_that_no_row_has_is_missing_everywhere(chance, people, signature):
    reference = reference_of(signature, people(chance, 100))
    window = fold(reference, people(chance, 30).drop_columns(["height", "city"]), None)
    assert window.columns[0].missing == window.columns[3].missing == 30


def test_a_stretchs_distance_is_no_larger_than_the_exact_one_and_near_it(chance, people, signature):
    reference = reference_of(signature, people(chance, 2000))
    window = fold(reference, people(chance, 500, height=5.0), None)
    exact = drift(reference.columns[0], window.columns[0]).ks.value
    binned = drift(reference.columns[0], unfolded(added(reference, None, window)).columns[0]).ks.value
    assert exact - 0.04 <= binned <= exact + 1e-9


def test_new_categories_are_counted_by_their_kinds(chance, people, signature):
    reference = reference_of(signature, people(chance, 100))
    rows = people(chance, 4)
    rows = rows.set_column(3, "city", [np.array(["Rome", "Rome", "Paris", "Bern"])])
    city = fold(reference, rows, None).columns[3]
    assert city.counts[-1] == 3
    assert city.fresh == (2, 2)
