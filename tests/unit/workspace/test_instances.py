from pathlib import Path

import pandas as pd
import pytest

from everloop.errors import InvalidData
from everloop.workspace.instances import instances_for

KINDS = {"charges": "number", "floor": "category"}


def test_numbers_kept_as_text_are_sent_as_numbers_and_blanks_as_missing() -> None:
    rows = pd.DataFrame({"charges": ["29.85", " ", " 7"]})
    assert instances_for(KINDS, rows) == [{"charges": 29.85}, {"charges": None}, {"charges": 7.0}]


def test_categories_kept_as_numbers_are_sent_as_texts() -> None:
    assert instances_for(KINDS, pd.DataFrame({"floor": [1, 2]})) == [{"floor": "1"}, {"floor": "2"}]


def test_a_text_that_is_no_number_is_named() -> None:
    with pytest.raises(InvalidData, match=r"'charges'.*many"):
        instances_for(KINDS, pd.DataFrame({"charges": ["many"]}))


def test_the_first_text_that_is_no_number_is_told_by_its_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("floor,charges\n1,29.85\n2, \n3,7\n4,many\n5,more\n")
    with pytest.raises(InvalidData, match=r"'charges', row 4 \(line 5 of rows.csv\): 'many' is no number"):
        instances_for(KINDS, str(rows))


@pytest.mark.parametrize(
    "rows", [pd.DataFrame({"charges": [1.0, float("-inf")]}), [{}, {"charges": -float("inf")}]]
)
def test_infinity_is_refused_and_not_sent_as_missing(rows: object) -> None:
    with pytest.raises(InvalidData, match="Column 'charges', row 2: -inf"):
        instances_for(KINDS, rows)  # type: ignore[arg-type]


def test_a_list_of_dictionaries_is_the_endpoint_s_to_judge() -> None:
    assert instances_for(KINDS, [{"charges": "29.85"}]) == [{"charges": "29.85"}]
