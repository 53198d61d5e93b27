"""Handles, lists and progress as a notebook shows them."""

import sys
from types import SimpleNamespace

import pytest

import everloop as el
from everloop.errors import NotFound, Unreachable
from everloop.shown.markup import Markup
from everloop.workspace import progress
from everloop.workspace.listed import Listed
from everloop.workspace.seen import seen


def unreadable() -> Markup:
    raise Unreachable("Nobody answers <there>.", remedy="Start it.")


def test_a_workspace_that_cannot_be_read_is_told_and_raises_nothing():
    shown = seen("Endpoint churn", unreadable)
    assert "Nobody answers &lt;there&gt;." in shown
    assert "Start it." in shown


def test_every_handle_of_an_empty_workspace_shows_itself(tmp_path):
    with el.open(tmp_path) as ws:
        for handle in (ws, ws.datasets, ws.dataset("a"), ws.endpoint("e"), ws.ledger("e"), ws.loop("l")):
            assert "<div" in handle._repr_html_()
            assert "object at" not in repr(handle)
        assert "none yet" in ws.events()._repr_html_()


def test_a_list_is_a_tuple_and_a_table():
    listed = Listed.of([1, 2], ("n", "twice"), lambda n: (n, 2 * n), title="Numbers")
    assert listed == (1, 2)
    assert all(text in listed._repr_html_() for text in ("Numbers", "twice", ">4<"))


def test_an_error_tells_what_the_callers_own_line_and_what_to_do(tmp_path):
    with el.open(tmp_path) as ws, pytest.raises(NotFound) as caught:
        ws.version("churn@1")
    first, where, remedy = caught.value._render_traceback_()
    assert first == "NotFound: There is no model version churn@1."
    assert where.endswith('ws.version("churn@1")')
    assert remedy == "  what to do: Train one with `everloop train churn`."


def test_an_error_that_nobody_raised_tells_itself():
    assert NotFound("Gone.")._render_traceback_() == ["NotFound: Gone."]


def test_lines_go_to_a_terminal_and_nowhere_else(capsys, monkeypatch):
    progress.watched()("quiet")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress.watched()("loud")
    assert capsys.readouterr().err == "loud\n"


def test_in_a_notebook_the_newest_lines_are_written_anew_in_one_place(monkeypatch):
    shown: list[str] = []
    place = SimpleNamespace(update=lambda text: shown.append(repr(text)))

    def display(text, *, display_id):
        shown.append(repr(text))
        return place

    fake = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=True))
    monkeypatch.setitem(sys.modules, "IPython", fake)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    tell = progress.watched()
    for number in range(8):
        tell(f"line {number}")
    assert shown[0].splitlines()[0] == "line 0"
    assert shown[-1].splitlines()[:2] == ["(2 lines before)", "line 2"]
    assert len(shown) == 8
