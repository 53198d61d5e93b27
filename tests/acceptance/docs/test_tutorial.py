"""The tutorial runs as a reader would run it."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "tutorial.md"


@pytest.mark.slow  # test_loop_handles.py approves and rolls out; `.ci/run` runs this page each time
def test_the_tutorial_runs(reader):
    assert reader.follow(PAGE) > 10
