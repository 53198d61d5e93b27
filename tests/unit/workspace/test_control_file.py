import pytest

from everloop.records.codec import to_json
from everloop.stores.layout import Layout
from everloop.workspace.control_file import ControlFile, control_url, published_control


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    return layout


def test_it_is_found_as_long_as_it_is_there(layout):
    assert control_url(layout) is None
    with published_control(layout, "http://127.0.0.1:8081"):
        assert control_url(layout) == "http://127.0.0.1:8081"
    assert control_url(layout) is None
    assert list(layout.run.iterdir()) == []


def test_what_a_killed_one_left_does_not_count(layout):
    (layout.run / "control.json").write_bytes(to_json(ControlFile(pid=1, url="http://127.0.0.1:8081")))
    assert control_url(layout) is None
    with published_control(layout, "http://127.0.0.1:9"):
        assert control_url(layout) == "http://127.0.0.1:9"


def test_looking_does_not_disturb(layout):
    with published_control(layout, "http://127.0.0.1:8081"):
        assert {control_url(layout) for _ in range(10)} == {"http://127.0.0.1:8081"}


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"format": "everloop.control/9"}'])
def test_a_file_that_says_nothing_is_nothing(layout, data):
    with published_control(layout, "http://127.0.0.1:8081"):
        with (layout.run / "control.json").open("r+b") as file:
            file.truncate(0)
            file.write(data)
        assert control_url(layout) is None
