"""The child's side of a training or an import: `python -m everloop.training.child RUN_FOLDER`.

Reads what the parent laid out, fits or converts, writes the bundle into the workspace and the result into the
folder. Lines for people go to standard error, which is the run's log; progress goes to standard output, a JSON record
a line. With `--wait` it imports what a training takes, and then waits for the folder on standard input: see `spare`.
"""

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.bundles.writer import write_bundle
from everloop.errors import EverloopError, RecipeRefused, TrainingFailed
from everloop.jobs import lifeline
from everloop.records.codec import from_json, to_json
from everloop.stores.durable import write_whole
from everloop.stores.file_blobs import FileBlobs
from everloop.stores.layout import Layout
from everloop.training.exchange import (
    DATA,
    ERROR,
    ESTIMATOR,
    LOG,
    REQUEST,
    RESULT,
    Progress,
    TrainingError,
    TrainingRequest,
    TrainingResult,
)
from everloop.training.imported.task import TASK
from everloop.training.spare import WAIT

if TYPE_CHECKING:
    from everloop.training.fit import Trained

READY = (  # what nearly every training imports, slow as it is
    "everloop.training.fit",
    "everloop.bundles.runtimes.onnx_runtime",
    "skops.io",
    "lightgbm",
    "onnxmltools.convert.lightgbm.operator_converters.LightGbm",
    "skl2onnx",
)


def main(folder: Path) -> int:
    """Train; answers the exit code: 0 with a result, 1 with an error file that says why there is none."""
    lifeline.hold()
    say = _speaker()
    try:
        result = _import(folder, say) if (folder / TASK).exists() else train(folder, say)
    except EverloopError as error:
        _give_up(folder, error)
        return 1
    write_whole(folder / RESULT, to_json(result))
    say(f"Done in {result.seconds:.1f} s: bundle {result.bundle[:12]}.", 1.0)
    return 0


def _import(folder: Path, say: Callable[[str, float], None]) -> TrainingResult:
    from everloop.training.imported.child import bring_in_limited

    return bring_in_limited(folder, say)


def train(folder: Path, say: Callable[[str, float], None]) -> TrainingResult:
    """Fit what lies in a run's folder and write the bundle. Raises TrainingFailed or another of our errors."""
    request = from_json(TrainingRequest, (folder / REQUEST).read_bytes())
    started = time.monotonic()
    say(f"Training {request.recipe.estimator.rpartition('.')[2]} on {request.recipe.target.outcome!r}.", 0.0)
    if request.note:
        say(request.note, 0.0)
    try:
        trained = _fitted(folder, request, say)
        layout = Layout(folder.parent.parent)
        taught = FileBlobs(layout.blobs).write(trained.taught)
        bundle = write_bundle(layout.bundles, trained.manifest, trained.files)
    except EverloopError:
        raise
    except MemoryError as error:
        raise TrainingFailed("The training ran out of memory.", remedy="Give it fewer rows.") from error
    except Exception as error:  # whatever a library raises where we did not expect it
        told = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise TrainingFailed(f"The training failed: {told}", remedy="See the run's log.") from error
    return TrainingResult(
        run=request.run,
        bundle=bundle,
        taught=taught,
        runtime=trained.manifest.runtime,
        signature=trained.manifest.signature,
        metrics=trained.metrics,
        rows=trained.rows,
        environment=trained.manifest.environment,
        seconds=round(time.monotonic() - started, 3),
    )


def _fitted(folder: Path, request: TrainingRequest, say: Callable[[str, float], None]) -> "Trained":
    import pyarrow as pa

    from everloop.bundles.trusted import load_trusted
    from everloop.training.canonical import estimator_digest
    from everloop.training.fit import fit

    estimator = load_trusted((folder / ESTIMATOR).read_bytes())
    if estimator_digest(estimator) != request.recipe.estimator_digest:
        raise RecipeRefused(
            "The estimator is not the one that the recipe names.", remedy="Freeze the recipe again."
        )
    with pa.memory_map(str(folder / DATA)) as source:
        rows = pa.ipc.open_file(source).read_all()
        return fit(request.recipe, estimator, rows, data=request.data, threads=request.threads, say=say)


def _speaker() -> Callable[[str, float], None]:
    """A way to speak that no library can garble: what they print goes to the log."""
    progress = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def say(text: str, share: float) -> None:
        print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)
        progress.write(to_json(Progress(text=text, share=share)).decode() + "\n")

    return say


def _give_up(folder: Path, error: EverloopError) -> None:
    if error.__cause__ is not None:
        traceback.print_exception(error.__cause__)
    print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    told = TrainingError(
        run=folder.name, kind=type(error).__name__, message=error.message, remedy=error.remedy
    )
    write_whole(folder / ERROR, to_json(told))


def waited() -> int:
    """Be ready, and then do as `main` does for the folder that comes; answers 0 where none comes."""
    lifeline.hold()
    for module in READY:
        importlib.import_module(module)
    folder = Path(sys.stdin.readline().rstrip("\n"))
    if not folder.name:
        return 0
    with (folder / LOG).open("ab") as log:
        os.dup2(log.fileno(), 2)
    return main(folder)


if __name__ == "__main__":
    sys.exit(waited() if sys.argv[1] == WAIT else main(Path(sys.argv[1])))
