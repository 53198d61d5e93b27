"""docs/outside.md works as it is written, from the first block to the last."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "outside.md"


@pytest.mark.slow
def test_somebody_who_serves_a_model_elsewhere_can_follow_the_page(reader):
    assert reader.follow(PAGE) > 10
