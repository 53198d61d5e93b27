"""A worker for the tests of a module, and one for a test that ends or changes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everloop.settings import Serving
from everloop.testing.running_worker import RunningWorker, sign_workspace

QUICK = Serving(
    header_deadline_s=0.5, body_deadline_s=0.5, idle_deadline_s=30.0, max_body_bytes=65536, max_rows=1000
)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorker]:
    """A worker that all tests of a module share, with short deadlines."""
    root = tmp_path_factory.mktemp("workspace")
    sign_workspace(root)
    running = RunningWorker(root, QUICK)
    assert running.message() == {"ready": 1}
    yield running
    assert running.end() == 0


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., RunningWorker]]:
    """Starts a worker of the test's own, over a workspace that the test may change."""
    started: list[RunningWorker] = []

    def start(settings: Serving = QUICK, *, beside: RunningWorker | None = None) -> RunningWorker:
        if not (tmp_path / "routes").exists():
            sign_workspace(tmp_path)
        running = RunningWorker(tmp_path, settings, beside=beside)
        started.append(running)
        return running

    yield start
    for running in started:
        running.end()
