import pytest

from everloop.evaluation.gates.size import Size


@pytest.mark.parametrize(("allowed", "verdict"), [(0, "pass"), (-1, "fail")])
def test_the_bytes_of_all_files_are_counted(case_of, ledger_rows, allowed, verdict):
    case = case_of(rows=ledger_rows({"number.x": [1.0]}, ["yes"]))
    size = sum(entry.size for entry in case.candidate.bundle.manifest.files)
    (found,) = Size(size + allowed).judge(case)
    assert found.verdict == verdict
    assert found.value == size > 0
