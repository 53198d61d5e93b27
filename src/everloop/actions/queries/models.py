"""Models, their versions and the runs that made them."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.finish_run import known_run
from everloop.errors import NotFound
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name
from everloop.records.run import Run
from everloop.registry.versions import known_version, versions
from everloop.training.exchange import LOG, run_folder

LOG_LIMIT = 1 << 20  # bytes of a log in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsQuery:
    """One model's versions, or every model's."""

    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionQuery:
    """One version."""

    model: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsQuery:
    """The newest runs, of one model or of all."""

    model: str = ""
    newest: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """One run."""

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuery:
    """A run's log from a byte on."""

    run: str
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """Text of a log, and where the next part begins."""

    text: str
    next_offset: int


def list_versions(context: Context, query: ModelsQuery) -> tuple[ModelVersion, ...]:
    """Versions by model and number."""
    with context.metadata.transaction() as transaction:
        return tuple(versions(transaction, query.model))


def show_version(context: Context, query: VersionQuery) -> ModelVersion:
    """One version with its lineage; raises NotFound."""
    with context.metadata.transaction() as transaction:
        return known_version(transaction, query.model, query.version)


def list_runs(context: Context, query: RunsQuery) -> tuple[Run, ...]:
    """Runs, the oldest first."""
    equals: dict[str, str | int] = {"model": query.model} if query.model else {}
    with context.metadata.transaction() as transaction:
        return tuple(transaction.find(Run, newest=max(1, query.newest), **equals))


def show_run(context: Context, query: RunQuery) -> Run:
    """One run; raises NotFound."""
    with context.metadata.transaction() as transaction:
        return known_run(transaction, query.run)


def read_log(context: Context, query: LogQuery) -> LogPart:
    """The next lines of a run's log, at most a mebibyte; raises NotFound for an unknown run."""
    checked_name(query.run, "run")
    with context.metadata.transaction() as transaction:
        run = known_run(transaction, query.run)
    offset = max(0, query.offset)
    try:
        with (run_folder(context.layout, run.id) / LOG).open("rb") as file:
            file.seek(offset)
            part = _whole_lines(file.read(LOG_LIMIT))
    except FileNotFoundError as error:
        raise NotFound(f"Run {run.id} has no log yet.") from error
    return LogPart(text=part.decode("utf-8", errors="replace"), next_offset=offset + len(part))


def _whole_lines(part: bytes) -> bytes:
    """Without a last line that is still being written; all of it where there is but one, and it is too long."""
    end = part.rfind(b"\n") + 1
    return part[:end] if end or len(part) < LOG_LIMIT else part
