"""`everloop page`."""

import json

import pytest
from typer.testing import CliRunner

from everloop.access.tokens import control_token
from everloop.cli.app import app
from everloop.clock import SystemClock
from everloop.errors import Unreachable
from everloop.stores.workspace_folder import create_workspace
from everloop.web.keys import Keys
from everloop.workspace.control_file import published_control


@pytest.fixture
def layout(tmp_path):
    return create_workspace(tmp_path / ".everloop")


def run(layout, *words):
    return CliRunner().invoke(
        app, ["page", "--folder", str(layout.root.parent), *words], catch_exceptions=False
    )


def test_the_link_opens_the_page_of_the_living_control_plane_once(layout):
    keys = Keys(control_token(layout), SystemClock())
    with published_control(layout, "http://127.0.0.1:8081"):
        link = run(layout).output.strip()
        other = json.loads(run(layout, "--json").output)["url"]
    base, _, key = link.partition("/?key=")
    assert base == "http://127.0.0.1:8081"
    assert [keys.take(key), keys.take(key)] == [True, False]
    assert keys.take(other.partition("=")[2])


def test_without_a_control_plane_it_says_how_to_start_one(layout):
    with pytest.raises(Unreachable, match="everloop up"):
        run(layout)
