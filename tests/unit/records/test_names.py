"""Names are safe anywhere; ids are unique and sort by their time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.errors import InvalidName, InvalidRequest
from everloop.records.names import checked_name, new_id, parse_version


@pytest.mark.parametrize("name", ["a", "churn", "Churn-2_b", "0", "9lives", "a" * 63])
def test_a_plain_name_is_accepted(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "-a", "_a", ".", "..", "a.b", "a/b", "a\\b", "a b", "a\n", "\na", "a\x00", "é", "٣", "a" * 64,
        "~", "%2e", "C:", "a@1", "../../etc/passwd", "\u202eabc", "a" * 100_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_short_line(name):
    with pytest.raises(InvalidName) as caught:
        checked_name(name, "dataset")
    text = str(caught.value)
    assert "cannot be a dataset" in text
    assert "\n" not in text
    assert "\x00" not in text
    assert len(text) < 400


@given(st.text(max_size=70))
def test_an_accepted_name_is_ascii_and_cannot_leave_a_folder(name):
    try:
        checked_name(name)
    except InvalidName:
        return
    assert name.isascii()
    assert not set(name) & set("./\\:%~ ")
    assert name[0].isalnum()


def test_an_id_is_itself_a_name():
    assert checked_name(new_id("run")).startswith("run_")


def test_ten_thousand_ids_made_at_once_are_all_different(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
    assert len({new_id("p") for _ in range(10_000)}) == 10_000


def test_ids_sort_by_the_millisecond_they_were_made_in(monkeypatch):
    made = []
    for moment in (0, 31, 32, 1_023, 1_024, 1_700_000_000_000, 1_700_000_000_001, 4_102_444_800_000):
        monkeypatch.setattr(time, "time_ns", lambda ms=moment: ms * 1_000_000)
        made.append(new_id("p"))
    assert made == sorted(made)


def test_an_id_has_no_letter_that_looks_like_a_digit():
    assert re.fullmatch(r"run_[0-9a-hjkmnp-tv-z]{19}", new_id("run"))


def test_a_version_is_a_name_and_a_number():
    assert parse_version("churn@12") == ("churn", 12)


@pytest.mark.parametrize(
    "text",
    [
        "churn", "churn@", "@1", "churn@0", "churn@01", "churn@-1", "churn@1.0", "churn@x", "a@1@2", "churn@1\n",
        "../a@1", "a@٣", "a@" + "9" * 10,
    ],
)  # fmt: skip
def test_anything_else_is_no_version(text):
    with pytest.raises(InvalidRequest, match=r"is not a version\. Write NAME@NUMBER"):
        parse_version(text)
