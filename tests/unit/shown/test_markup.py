from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from everloop.shown.markup import MOST_ROWS, Markup, facts, sentences, table, told

EVIL = '<script>alert(1)</script><img src=x onerror="alert(1)">'


class Tags(HTMLParser):
    """Which elements and attributes a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen |= {tag, *(name for name, _ in attrs)}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "made",
    [
        table([EVIL], [[EVIL]], title=EVIL),
        facts(EVIL, [(EVIL, EVIL)]),
        sentences(EVIL, [EVIL]),
    ],
)
def test_no_text_becomes_an_element(made):
    tags = Tags(made)
    assert not {"script", "img", "src", "onerror", "href"} & tags.seen
    assert tags.open == []


def test_only_markup_passes_as_it_is():
    assert told(Markup("<b>x</b>")) == "<b>x</b>"
    assert told("<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.123456, "0.1235"),
        (True, "yes"),
        (None, ""),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01 12:00:00"),
        ("a\u202eb\x00", "a\ufffdb\ufffd"),
        ("x" * 500, "x" * 200 + "…"),
    ],
)
def test_values_are_told_for_people(value, text):
    assert told(value) == text


def test_of_very_many_rows_the_first_are_shown():
    made = table(["n"], [[f"row-{n}"] for n in range(MOST_ROWS + 5)])
    assert f"row-{MOST_ROWS - 1}<" in made
    assert f"row-{MOST_ROWS}<" not in made
    assert "and 5 more" in made


def test_what_is_not_known_takes_no_line():
    assert "gone" not in facts("t", [("gone", ""), ("gone", None), ("kept", 0)])


def test_a_long_table_whose_newest_are_last_shows_these():
    shown = table(["n"], [[f"row {n}"] for n in range(MOST_ROWS + 12)], newest_last=True)
    assert "after 12 earlier" in shown
    assert f">row {MOST_ROWS + 11}<" in shown
    assert ">row 11<" not in shown
