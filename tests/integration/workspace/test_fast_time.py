"""What concerns machines keeps their time, however fast the platform's runs."""

from datetime import timedelta

import pytest

from everloop.settings import Pace, Settings
from everloop.stores.workspace_folder import create_workspace
from everloop.workspace.loop_engine import LoopEngine
from everloop.workspace.office import Office
from everloop.workspace.runner import ThreadRunner

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(tmp_path):
    layout = create_workspace(tmp_path / ".everloop")
    settings = Settings(clock=Pace(speed=1_000_000))
    office = Office(layout, settings, ThreadRunner(layout, settings, None))
    yield office
    office.close()


def test_a_lease_does_not_expire_while_the_platforms_days_pass(office):
    """Or each job that takes longer than 60 microseconds would be done twice."""
    queue = LoopEngine(office)._tick.queue
    begun = office.clock.now()
    queue.submit("a-job", "fit", {})
    assert queue.claim("one/1", MINUTE) is not None
    while office.clock.now() - begun < 10 * MINUTE:
        pass
    assert queue.claim("another/1", MINUTE) is None
