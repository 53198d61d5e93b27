"""The tutorial runs as a reader would run it."""

from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "tutorial.md"


def test_the_tutorial_runs(reader):
    assert reader.follow(PAGE) > 10
