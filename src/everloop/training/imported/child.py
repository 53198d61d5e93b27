"""An import within its child process: what may be a stranger's file is read under limits."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from everloop.bundles.writer import write_bundle
from everloop.errors import BundleRefused, EverloopError
from everloop.records.codec import digest_of, from_json
from everloop.stores.layout import Layout
from everloop.training.exchange import DATA, TrainingResult
from everloop.training.imported.bring_in import bring_in
from everloop.training.imported.task import MODEL, ImportTask
from everloop.training.imported.task import TASK as TASK_FILE

MEMORY = 8 << 30  # bytes of addresses, of which ONNX Runtime and OpenMP reserve many
LARGEST_FILE = 2 << 30  # that it may write
PROCESSOR_S = 600

Say = Callable[[str, float], None]


def bring_in_limited(folder: Path, say: Say) -> TrainingResult:
    """Import what the parent laid out in `folder`; raises one of our errors."""
    started = time.monotonic()
    task = from_json(ImportTask, (folder / TASK_FILE).read_bytes())
    data = (folder / MODEL).read_bytes()
    if digest_of(data) != task.digest:
        raise BundleRefused(f"{task.name} was changed while it waited to be read.")
    _limit()
    try:
        made = bring_in(task, data, _rows(folder), say)
        manifest = made.manifest(task)
        bundle = write_bundle(Layout(folder.parent.parent).bundles, manifest, made.files)
    except EverloopError:
        raise
    except Exception as error:  # whatever a parser raises where we did not expect it
        told = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise BundleRefused(f"{task.name} cannot be read: {told}") from error
    return TrainingResult(
        run=task.run,
        bundle=bundle,
        runtime=manifest.runtime,
        signature=manifest.signature,
        metrics={},
        rows={},
        environment=manifest.environment,
        seconds=round(time.monotonic() - started, 3),
    )


def _rows(folder: Path) -> pa.Table | None:
    if not (folder / DATA).exists():
        return None
    with pa.memory_map(str(folder / DATA)) as source:
        return pa.ipc.open_file(source).read_all()


def _limit() -> None:
    """What goes beyond ends this process, or is a MemoryError in it."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, hard))
