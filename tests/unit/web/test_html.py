from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.web.html import Html, document, element, joined

VISIBLE = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Cf"])
)


class Read(HTMLParser):
    """What a browser makes of markup: elements with their attributes, and text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


@given(VISIBLE)
def test_a_text_comes_back_as_it_was_and_makes_no_element(text):
    read = Read(str(element("p", text)))
    assert read.elements == [("p", {})]
    assert "".join(read.texts) == text


@given(VISIBLE)
def test_an_attribute_comes_back_as_it_was_and_makes_no_other(text):
    assert Read(str(element("p", title=text))).elements == [("p", {"title": text})]


def test_markup_is_not_escaped_twice_and_a_list_is_laid_out():
    inner = element("b", "<")
    assert str(element("p", [inner, " & ", 3, None])) == "<p><b>&lt;</b> &amp; 3</p>"
    assert str(joined("a", (inner, "b"))) == "a<b>&lt;</b>b"


def test_joining_markup_and_text_by_hand_is_no_way_in():
    with pytest.raises(TypeError):
        element("p") + "<script>"  # type: ignore[operator]
    assert str(element("p", f"{element('b')}<i>")) == "<p>&lt;b&gt;&lt;/b&gt;&lt;i&gt;</p>"


def test_attributes_are_named_as_html_does():
    made = element(
        "input", type="text", class_="a", data_tip="b", aria_label="c", for_="d", hidden=True, x=None, y=False
    )
    assert str(made) == '<input type="text" class="a" data-tip="b" aria-label="c" for="d" hidden>'


@pytest.mark.parametrize(
    "link",
    [
        "javascript:x",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "data:text/html,x",
        "",
        " /x",
        "\t/x",
    ],
)
@pytest.mark.parametrize("name", ["href", "src", "action", "formaction"])
def test_a_link_that_leads_away_is_not_written(name, link):
    with pytest.raises(ValueError, match="leads away"):
        element("a", **{name: link})


@pytest.mark.parametrize("link", ["/", "/page/churn?x=1", "#main"])
def test_a_link_to_ourselves_is(link):
    assert Read(str(element("a", href=link))).elements == [("a", {"href": link})]


@pytest.mark.parametrize("name", ["onclick", "onerror", "style", "srcdoc"])
def test_attributes_that_run_or_paint_are_not_written(name):
    with pytest.raises(ValueError, match="not written"):
        element("p", **{name: "x"})


@pytest.mark.parametrize("name", ["p onload=x", "", "p>", "1p", "p/"])
def test_a_name_that_is_none_is_not_written(name):
    with pytest.raises(ValueError, match="no name"):
        element(name)


@pytest.mark.parametrize("unseen", ["\x00", "\x1b", "\u202e", "\u2066", "\x85", "\ud800"])
def test_characters_that_nobody_sees_are_shown_as_unknown(unseen):
    assert str(element("p", f"a{unseen}b", title=unseen)) == '<p title="\ufffd">a\ufffdb</p>'


def test_a_document_is_utf_8_with_its_type():
    assert document(Html("<p>é</p>")) == "<!doctype html>\n<p>é</p>".encode()
