"""The demo's command, where it does not begin."""

import pytest

from everloop.cli.demo import demo
from everloop.errors import Conflict, InvalidRequest


def test_a_picture_that_cannot_be_kept_is_told_before_anything_begins(tmp_path):
    with pytest.raises(InvalidRequest, match="There is no folder"):
        demo(picture=str(tmp_path / "nowhere" / "demo.svg"))


def test_a_folder_with_a_project_is_left_alone(tmp_path):
    (tmp_path / "everloop.toml").write_text("")
    with pytest.raises(Conflict, match="is a project already"):
        demo(seed=7, picture="", folder=str(tmp_path), as_json=True)
    assert [path.name for path in tmp_path.iterdir()] == ["everloop.toml"]
