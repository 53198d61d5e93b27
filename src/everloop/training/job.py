"""The parent's side of a training: a folder for the child, the child itself, and what came of it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from everloop import errors
from everloop.bundles.trusted import refuse_foreign
from everloop.errors import BundleRefused, EverloopError, RecipeRefused, StoredFormatUnknown, TrainingFailed
from everloop.jobs.local import LocalJob
from everloop.records.codec import from_json, to_json
from everloop.records.recipe import RecipeRecord
from everloop.stores.durable import write_whole
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
    run_folder,
)
from everloop.training.imported.task import MODEL, TASK, ImportTask
from everloop.training.spare import Spare

IMPORT_S = 300.0  # the longest that an import may take
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "PYTHONHASHSEED", "LD_LIBRARY_PATH")
PATIENT = {
    "OMP_WAIT_POLICY": "PASSIVE"
}  # waiting threads that spin made fits 20 times slower on a busy machine
CHILD = ("-P", "-m", "everloop.training.child")
REMEDY = "Use scikit-learn's, LightGBM's and numpy's own classes and functions."
LAST_LINES = 3

OnProgress = Callable[[Progress], None]


def prepare(
    layout: Layout,
    run: str,
    *,
    recipe: RecipeRecord,
    estimator: bytes,
    rows: pa.Table,
    data: str,
    threads: int,
    note: str = "",
) -> Path:
    """Write what the child needs into the run's folder: the recipe, the unfitted estimator, and `rows`.

    `data` is the digest of the rows, `note` what people should know of them. The request is written last: where it
    is, the rest is too. Raises RecipeRefused for an estimator that plainly is not safe to load; the child looks
    closer.
    """
    try:
        refuse_foreign(estimator)
    except BundleRefused as error:
        raise RecipeRefused(f"The estimator is not safe to load. {error.message}", remedy=REMEDY) from error
    folder = run_folder(layout, run)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / ESTIMATOR, estimator)
    _write_rows(folder, rows)
    request = TrainingRequest(run=run, recipe=recipe, data=data, threads=threads, note=note)
    write_whole(folder / REQUEST, to_json(request))
    return folder


def prepare_import(layout: Layout, task: ImportTask, *, model: bytes, rows: pa.Table | None) -> Path:
    """Write what the child needs to import `model`; the task is written last."""
    folder = run_folder(layout, task.run)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / MODEL, model)
    if rows is not None:
        _write_rows(folder, rows)
    write_whole(folder / TASK, to_json(task))
    return folder


def _write_rows(folder: Path, rows: pa.Table) -> None:
    partial = folder / f".{DATA}.partial"
    with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    partial.replace(folder / DATA)


def run_child(
    layout: Layout,
    run: str,
    *,
    seconds: float,
    on_progress: OnProgress | None = None,
    spare: Spare | None = None,
) -> TrainingResult:
    """Do what `prepare` or `prepare_import` laid out, in a child process, and wait for it, at most `seconds` long.

    A training takes the child that waits in `spare`, and leaves another there; an import has a fresh one.

    The child dies with this process. Its lines for people are in the folder's `log.txt`. Raises what stopped it:
    RecipeRefused, TrainingFailed or another of our errors. The copies of rows and
    model are removed in every case.
    """
    folder = run_folder(layout, run)
    for left_over in (RESULT, ERROR):
        (folder / left_over).unlink(missing_ok=True)
    imports = (folder / TASK).exists()
    kind: type[ImportTask] | type[TrainingRequest] = ImportTask if imports else TrainingRequest
    request = from_json(kind, (folder / (TASK if imports else REQUEST)).read_bytes())
    seconds = min(seconds, IMPORT_S) if imports else seconds
    environment, spare = child_environment(request.threads), None if imports else spare
    try:
        job = None if spare is None else spare.take(folder, environment)
        job = job or LocalJob(
            (sys.executable, *CHILD, str(folder)), log=folder / LOG, environment=environment
        )
        code = job.follow(lambda line: _tell(line, on_progress), seconds=seconds)
        if spare is not None:
            spare.renew(environment)
        return _outcome(folder, code, seconds if job.timed_out else None, imports=imports)
    finally:
        for copy in (DATA, MODEL):
            (folder / copy).unlink(missing_ok=True)


def child_environment(threads: int) -> dict[str, str]:
    """What a training sees of this process's environment: no credentials, and a fixed number of threads."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **PATIENT, **dict.fromkeys(THREADS, str(threads))}


def _tell(line: str, on_progress: OnProgress | None) -> None:
    if on_progress is None:
        return
    try:
        on_progress(from_json(Progress, line.encode()))
    except StoredFormatUnknown:
        return  # a library printed something


def _outcome(folder: Path, code: int, limit: float | None, *, imports: bool) -> TrainingResult:
    if code == 0 and (folder / RESULT).exists():
        return from_json(TrainingResult, (folder / RESULT).read_bytes())
    if (folder / ERROR).exists():
        found = from_json(TrainingError, (folder / ERROR).read_bytes())
        kind = getattr(errors, found.kind, TrainingFailed)
        if isinstance(kind, type) and issubclass(kind, EverloopError):
            raise kind(found.message, remedy=found.remedy)
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    if imports:
        how = f"after {limit:g} s, the most that it may take" if limit is not None else how
        raise BundleRefused(
            f"The file was not imported: what reads it ended {how}.",
            remedy="It is damaged, or asks for more than an import may have. Write it again where it was trained.",
        )
    if limit is not None:
        raise TrainingFailed(
            f"The training took longer than {limit:g} s and was stopped.",
            remedy="Raise training.max_seconds, or give the recipe less to do.",
        )
    raise TrainingFailed(
        f"The training process ended {how}. {_last_words(folder / LOG)}".strip(),
        remedy="Out of memory, or killed from outside: see the run's log, then train again.",
    )


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    except OSError:
        return ""
    return " | ".join(line.strip()[:200] for line in lines if line.strip())
