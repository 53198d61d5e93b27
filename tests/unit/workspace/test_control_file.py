import os

import pytest

from everloop.records.codec import from_json
from everloop.stores.layout import Layout
from everloop.workspace.control_file import ControlFile, published_control


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    return layout


def test_it_says_who_and_where_for_the_length_of_the_block(layout):
    with published_control(layout, "http://127.0.0.1:8081"):
        said = from_json(ControlFile, (layout.run / "control.json").read_bytes())
        assert said == ControlFile(pid=os.getpid(), url="http://127.0.0.1:8081")
    assert list(layout.run.iterdir()) == []


def test_it_takes_the_place_of_what_a_killed_one_left(layout):
    (layout.run / "control.json").write_bytes(b"torn")
    with published_control(layout, "http://127.0.0.1:9"):
        assert from_json(ControlFile, (layout.run / "control.json").read_bytes()).url == "http://127.0.0.1:9"


def test_it_goes_when_the_block_fails(layout):
    with pytest.raises(ZeroDivisionError), published_control(layout, "http://127.0.0.1:9"):
        raise ZeroDivisionError
    assert list(layout.run.iterdir()) == []
