"""Trainings without a child: for tests that need a model, and not the process that makes it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

from everloop.stores.layout import Layout
from everloop.training.child import train
from everloop.training.exchange import DATA, LOG, TrainingResult, run_folder
from everloop.training.imported.task import TASK
from everloop.training.job import OnProgress, run_child
from everloop.training.spare import Spare
from everloop.workspace import runner


@contextmanager
def trained_here() -> Iterator[None]:
    """While this is open, runs are fitted in this process, which has imported all that a child would import first.

    Everything else is as it is with a child: the run's folder, its log, the bundle. Imports keep their child.
    """
    with patch.object(runner, "run_child", _trained):
        yield


def _trained(
    layout: Layout,
    run: str,
    *,
    seconds: float,
    on_progress: OnProgress | None = None,
    spare: Spare | None = None,
) -> TrainingResult:
    folder = run_folder(layout, run)
    if (folder / TASK).exists():
        return run_child(layout, run, seconds=seconds, on_progress=on_progress, spare=spare)
    with (folder / LOG).open("a", encoding="utf-8") as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; a child's are in its log

        def say(text: str, share: float) -> None:
            print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=log, flush=True)

        try:
            result = train(folder, say)
        finally:
            (folder / DATA).unlink(missing_ok=True)
        say(f"Done in {result.seconds:.1f} s: bundle {result.bundle[:12]}.", 1.0)
    return result
