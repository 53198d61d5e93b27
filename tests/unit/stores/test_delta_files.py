import pytest

from everloop.stores.delta_files import FAN_IN, LARGE_ENOUGH, DataFile, mergeable, name_in_place_of, new_name


def files(*sizes):
    return [DataFile(name=f"{n:020d}-x.parquet", size=size, rows=1) for n, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("size", "size_class"),
    [
        (1, 0),
        (1 << 16, 0),
        ((1 << 19) - 1, 0),
        (1 << 19, 1),
        ((1 << 22) - 1, 1),
        (1 << 22, 2),
        (LARGE_ENOUGH - 1, 3),
        (LARGE_ENOUGH, -1),
    ],
)
def test_size_classes_are_eight_times_apart(size, size_class):
    assert files(size)[0].size_class == size_class


def test_eight_small_neighbours_are_merged_and_seven_are_not():
    assert mergeable(files(*[10] * (FAN_IN - 1))) == []
    assert [len(run) for run in mergeable(files(*[10] * FAN_IN))] == [FAN_IN]


def test_only_neighbours_are_merged():
    apart = files(*[10] * 5, 1 << 20, *[10] * 5)
    assert mergeable(apart) == []


def test_large_files_are_left_alone():
    assert mergeable(files(*[LARGE_ENOUGH] * 20)) == []


def test_names_sort_by_the_version_that_added_them():
    assert sorted([new_name(10), new_name(9), new_name(2)], key=str)[0].startswith("0" * 19 + "2-")


def test_a_merged_file_stands_where_its_first_stood():
    first, after = new_name(4), new_name(6)
    assert new_name(3) < name_in_place_of(first) < after


def test_merging_again_and_again_rewrites_a_row_a_few_times_only():
    """4,096 appends of 10 kB, merged after each eighth: at most log8(4096) = 4 rewrites of each byte."""
    table, rewritten = [], 0
    for number in range(4096):
        table.append(DataFile(name=f"{number:020d}-x.parquet", size=10_000, rows=1))
        while runs := mergeable(table) if number % FAN_IN == FAN_IN - 1 else []:
            run = runs[0]
            at, size = table.index(run[0]), sum(file.size for file in run)
            rewritten += size
            table[at : at + len(run)] = [DataFile(name=run[0].name, size=size, rows=1)]
    assert len(table) < 40
    assert rewritten <= 6 * 4096 * 10_000
