"""A monitor that is killed at any moment looks at no row twice, leaves none out, and tells nothing twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    script = Path(__file__).with_name("kill_rounds.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, tmp_path_factory.mktemp("kills")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_was_killed_often_enough_to_mean_something(told):
    assert told["kills"] >= 10
    assert told["undisturbed"]["standing"][0] == 30
    assert len(told["undisturbed"]["events"]) >= 5


@pytest.mark.parametrize("what", ["standing", "windows", "alerts", "events"])
def test_it_ends_as_one_that_nobody_killed(told, what):
    assert told["disturbed"][what] == told["undisturbed"][what]
