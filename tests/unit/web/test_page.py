from html.parser import HTMLParser

import pytest

from everloop.access.policy import Principal
from everloop.records.actor import Actor
from everloop.web.page import PARTS, message_page, page, rendered
from everloop.web.sessions import Notice, Session

STATES = (
    "nothing", "declared", "fresh", "watching", "pinning", "judging", "waiting", "rolling", "promoted", "refused",
    "rolled_back", "down",
)  # fmt: skip
VOID = {"br", "hr", "input", "link", "meta"}
PLAIN = "churn"


class Shape(HTMLParser):
    """Elements and the names of their attributes, in order; raises where one is not closed."""

    def __init__(self, markup: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[tuple[str, ...]] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(markup.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, *(name for name, _ in attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.labels += [
            v for name, value in attrs if name in ("aria-labelledby", "for") for v in value.split()
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def session():
    return Session(Principal(actor=Actor(kind="person", name="ada"), role="maintainer"), began=0.0, seen=0.0)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_a_whole_page_whose_ids_are_single_and_whose_labels_lead_somewhere(
    state, seen_in, session
):
    read = Shape(page(seen_in(state), session))
    assert len(read.ids) == len(set(read.ids))
    assert set(read.labels) <= set(read.ids)
    assert read.shape.count(("h1", "id")) == 1


@pytest.mark.parametrize("state", STATES)
def test_every_part_has_the_id_under_which_it_is_sent(state, seen_in):
    for name, html in rendered(seen_in(state)).items():
        assert Shape(html.text.encode()).ids[0] == name


@pytest.mark.parametrize("state", STATES)
def test_a_hundred_hostile_texts_change_no_element_and_no_attribute(state, seen_in, session, hostile):
    """Check A6: whatever a name or a reason is, the page is made of the same elements as with a harmless one."""
    usual = Shape(page(seen_in(state, "a b"), session)).shape
    for text in hostile if state == "rolling" else hostile[::7]:  # the state that shows most gets them all
        session.notice = None
        got = Shape(page(seen_in(state, text.replace("`", "")), session)).shape
        assert got == usual, text


def test_backticks_in_a_hostile_text_make_code_and_nothing_else(seen_in, session, hostile):
    usual = {tag for tag, *_ in Shape(page(seen_in("rolling", "a `b` c"), session)).shape}
    for text in hostile[::7]:
        assert {tag for tag, *_ in Shape(page(seen_in("rolling", f"`{text}`"), session)).shape} <= usual | {
            "code"
        }


def test_nothing_in_a_page_needs_what_its_policy_forbids(seen_in, session):
    for state in STATES:
        names = {name for _, *names in Shape(page(seen_in(state), session)).shape for name in names}
        assert not {name for name in names if name.startswith("on")} | names & {"style", "srcdoc"}


def test_the_parts_of_a_page_are_those_that_are_kept_up_to_date(seen_in, session):
    ids = Shape(page(seen_in("rolling"), session)).ids
    assert set(PARTS) | {"decide"} <= set(ids)


def test_a_notice_is_shown_once(seen_in, session):
    session.notice = Notice("bad", "That was too late.")
    assert b"That was too late." in page(seen_in("watching"), session)
    assert b"That was too late." not in page(seen_in("watching"), session)


def test_the_form_token_stands_in_every_form_and_no_other_secret_does(seen_in, session):
    shown = page(seen_in("waiting"), session).decode()
    assert (
        shown.count("<form") == shown.count(f'value="{session.form_token}"') == 4
    )  # approve, reject, back, sign out


@pytest.mark.parametrize(
    ("state", "shows"),
    [
        ("nothing", "everloop deploy churn@1 churn"),
        ("fresh", "Nobody has asked yet"),
        ("fresh", "/endpoints/churn/outcomes"),
        ("fresh", "20 of 150 answers"),
        ("waiting", "waits for approval"),
        ("rolling", "About 80 more outcomes decide it; 120 are there."),
        ("rolling", "10% of the traffic"),
        ("rolled_back", "rolled back"),
        ("down", "The data plane does not run"),
        ("watching", "Over the last minute"),
    ],
)  # fmt: skip
def test_each_state_says_what_matters_in_it(state, shows, seen_in, session):
    assert shows in Shape(page(seen_in(state), session)).text


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("nothing", set()), ("declared", set()), ("watching", {"roll-back"}), ("pinning", {"reject", "roll-back"}),
        ("waiting", {"approve", "reject", "roll-back"}), ("rolling", {"roll-back"}), ("promoted", {"roll-back"}),
    ],
)  # fmt: skip
def test_what_can_be_decided_is_what_makes_sense_now(state, offered, seen_in, session):
    ids = Shape(page(seen_in(state), session)).ids
    assert {name.removeprefix("do-") for name in ids if name.startswith("do-")} == offered


def test_a_message_is_a_page_without_a_script():
    tags = [tag for tag, *_ in Shape(message_page("No", "Type `everloop page`.")).shape]
    assert "code" in tags
    assert "script" not in tags
