"""`run/metrics-<token>.json`: each worker's counts, so that whoever is asked can tell all of them."""

import logging
from pathlib import Path

import msgspec

from everloop.serving.metrics import added, series
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout

FORMAT = "everloop.metrics/1"
RETIRED = "metrics-retired.json"  # the counts of workers that are gone: a counter never goes back
REMEMBERED = 256  # tokens of the workers added last: more than can go while somebody reads


class WorkerCounts(msgspec.Struct, kw_only=True):
    """One worker's file."""

    format: str = FORMAT
    slot: int = -1
    route_table: int = 0
    connections: int = 0
    counts: dict[str, float] = msgspec.field(default_factory=dict)
    contains: list[str] = msgspec.field(default_factory=list)  # tokens whose counts were added to these


log = logging.getLogger("everloop.serving")

_decoder = msgspec.json.Decoder(WorkerCounts)


def write_counts(layout: Layout, token: str, counts: WorkerCounts) -> None:
    """Replace a worker's file, whole."""
    _replace(_file(layout, token), counts)


def read_counts(layout: Layout) -> dict[str, float]:
    """All workers' counts added up, the dead ones' as well, and what only the living have.

    The retired file is read last: a worker that goes meanwhile is then in it, and counts once.
    """
    files = {token: _read(_file(layout, token)) for token in _tokens(layout)}
    retired = _read(layout.run / RETIRED) or WorkerCounts()
    living = [
        counts for token, counts in files.items() if counts is not None and token not in retired.contains
    ]
    values = added([retired.counts, *(counts.counts for counts in living)])
    for counts in living:
        values[series("everloop_route_table", worker=counts.slot)] = counts.route_table
        values[series("everloop_connections", worker=counts.slot)] = counts.connections
    values["everloop_workers"] = len(living)
    return values


def retire_counts(layout: Layout, token: str) -> None:
    """Add the counts of a worker that is gone to those of its predecessors. For the supervisor alone.

    Whoever reads between its two steps, or after a kill there, finds the worker among those that are contained.
    """
    path = _file(layout, token)
    gone = _read(path)
    try:
        before = _read(layout.run / RETIRED) or WorkerCounts()
        if gone is not None and token not in before.contains:
            contains = [*before.contains, token][-REMEMBERED:]
            counts = added([before.counts, gone.counts])
            _replace(layout.run / RETIRED, WorkerCounts(counts=counts, contains=contains))
        path.unlink(missing_ok=True)
    except OSError as error:  # a full disk: the file stays, and its counts with it
        log.warning("the counts of a worker that is gone stay where they are: %s", error)


def retire_all_counts(layout: Layout) -> None:
    """The same for every worker of a supervisor that was killed. For its successor, before it starts any."""
    for token in _tokens(layout):
        retire_counts(layout, token)


def _tokens(layout: Layout) -> list[str]:
    names = sorted(path.name for path in layout.run.glob("metrics-*.json"))
    return [name.removeprefix("metrics-").removesuffix(".json") for name in names if name != RETIRED]


def _file(layout: Layout, token: str) -> Path:
    return layout.run / f"metrics-{token}.json"


def _replace(path: Path, counts: WorkerCounts) -> None:
    write_whole(path, msgspec.json.encode(counts), synced=False)


def _read(path: Path) -> WorkerCounts | None:
    """None for a file that is gone, or that an older version wrote."""
    try:
        counts = _decoder.decode(path.read_bytes())
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return counts if counts.format == FORMAT else None
