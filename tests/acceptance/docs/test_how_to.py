"""The short answers of docs/how-to.md work, one after the other, in one project."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "how-to.md"


@pytest.mark.slow
def test_every_answer_works(reader):
    assert reader.follow(PAGE) > 15
