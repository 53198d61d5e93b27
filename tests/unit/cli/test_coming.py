from pathlib import Path

import pandas as pd
import pytest

from everloop.cli.coming import Coming
from everloop.errors import InvalidData, Unreachable
from everloop.workspace.data_plane import Answer

GONE = Unreachable("http://127.0.0.1:8080 does not answer.", remedy="Start it with `everloop up`.")


def part(first: int, rows: int) -> Answer:
    ids = tuple(f"id-{first + n}" for n in range(rows))
    own = tuple(f"own, {first + n}" for n in range(rows))
    return Answer(values=(0.5,) * rows, ids=ids, variants=("champion",) * rows, own_ids=own)


def test_the_file_holds_each_part_as_soon_as_it_came(tmp_path: Path):
    out = tmp_path / "out.csv"
    out.write_text("of another day\n")
    coming = Coming(str(out), "patient", 0)
    for first in (0, 25):
        coming(part(first, 25), 60)
        kept = pd.read_csv(out)
        assert list(kept.columns) == ["patient", "id", "prediction", "variant"]
        assert list(kept["id"]) == [f"id-{n}" for n in range(first + 25)]
        assert list(kept["patient"]) == [f"own, {n}" for n in range(first + 25)]


def test_an_error_midway_says_what_is_answered_and_how_to_go_on(tmp_path: Path):
    out = str(tmp_path / "out.csv")
    coming = Coming(out, "", 25)
    coming(part(25, 25), 1060)
    cut = coming.cut_short(GONE)
    assert isinstance(cut, Unreachable)
    assert cut.message == f"25 of 1,035 rows are answered, in {out}; {GONE.message}"
    assert cut.remedy == (
        "Start it with `everloop up`. Then answer the rest: "
        "the same command with --from-row 50 and another --out FILE."
    )


def test_an_error_before_any_answer_stays_as_it_is_and_leaves_the_file(tmp_path: Path):
    coming = Coming(str(tmp_path / "out.csv"), "", 0)
    assert coming.cut_short(GONE) is GONE
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(InvalidData, match=r"absent/out\.csv cannot be written"):
        Coming(str(tmp_path / "absent" / "out.csv"), "", 0)(part(0, 1), 1)
