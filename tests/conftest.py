"""What tests of every kind share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def fits_here() -> Iterator[None]:
    """The trainings of a module's workspaces happen in this process: without the seconds that a child imports for."""
    from everloop.testing.trained_here import trained_here  # which most tests do without

    with trained_here():
        yield
