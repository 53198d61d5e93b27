"""Begin an import: a model that was trained elsewhere is read by a child process, and becomes a version."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from everloop.actions.context import Change, Context, recorded
from everloop.datasets.versions import version_of, versions
from everloop.errors import BundleRefused, InvalidData, InvalidRequest
from everloop.records.codec import digest_of
from everloop.records.dataset import DatasetVersion
from everloop.records.imported import Imported
from everloop.records.names import checked_name, new_id
from everloop.records.run import Run
from everloop.records.target import TargetRule
from everloop.stores.metadata import Transaction

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.training.imported.task import Declared

MODEL, MLMODEL, ROWS = "model", "MLmodel", "rows"  # the parts that a call brings
LARGEST_NOTE = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """A model's file, and what is said of it because the file does not.

    The files come as rows, one each: `part` (`model`, `MLmodel`, `rows`), `name`, and `content`, bytes; `rows` is an
    Arrow IPC stream of rows as the model takes them. Instead of these a dataset may be named. `classes` and `features`
    are JSON lists.
    """

    model: str
    target: str
    dataset: str = ""  # whose rows are as it takes them
    dataset_version: int | None = None  # the newest
    classes: str = ""
    features: str = ""
    output: str = ""
    logits: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Given:
    """What is imported, and the rows beside it: with the dataset that they are, or the digest of their blob."""

    name: str
    content: bytes
    columns: tuple[str, ...]
    rows: "pa.Table | None"
    data: DatasetVersion | None
    kept: str
    left_out: tuple[int, ...] = ()

    @property
    def digest(self) -> str:
        return self.data.digest if self.data is not None else self.kept


def import_model(context: Context, request: ImportRequest) -> Run:
    """Start an import and answer at once; ask for its run to see how it goes.

    Raises BundleRefused, before anything is parsed, for what plainly is no model that can be imported; InvalidRequest
    without a target, or with rows twice; NotFound for an unknown dataset.
    """
    from everloop.training.imported.kinds import kind_of

    checked_name(request.model, "model")
    target = TargetRule(outcome=_target(request))
    given = _given(context, request)
    imported = Imported(
        file=given.name,
        format=kind_of(given.name, given.content),
        digest=digest_of(given.content),
        size=len(given.content),
        note=request.note[:LARGEST_NOTE],
        rows=given.kept,
    )
    run_id = new_id("run")
    context.runner.claim(run_id)
    try:
        _lay_out(context, request, run_id, given, imported)
        made = _run(context, request, run_id, given, imported, target)
        run = recorded(context, "import_model", request, Run, lambda t: _start(made, t))
    except BaseException:
        context.runner.release(run_id)
        raise
    if run.id == run_id:
        context.runner.start(run_id)
    else:  # a repeated key: the earlier call's run is under way, or done
        context.runner.release(run_id)
    return run


def _target(request: ImportRequest) -> str:
    if not request.target.strip():
        raise InvalidRequest(
            "A model's file does not say what the truth is called.",
            remedy="Name it as outcomes will: --target NAME (in Python `target=`).",
        )
    return request.target


def _given(context: Context, request: ImportRequest) -> _Given:
    parts = _parts(context.table)
    name, content, columns = _model(parts)
    sent = parts.get(ROWS, {})
    if sent and request.dataset:
        raise InvalidRequest("Rows come from a dataset or with the call.", remedy="Give one of the two.")
    if request.dataset:
        from everloop.datasets.selection import select

        with context.metadata.transaction() as transaction:
            data = version_of(transaction, request.dataset, request.dataset_version)
            history = versions(transaction, request.dataset)
        found = select(context.tables, data, history, None)
        return _Given(name, content, columns, found.rows, data, "", found.left_out)
    if not sent:
        return _Given(name, content, columns, None, None, "")
    rows = _rows(next(iter(sent.values())))
    return _Given(name, content, columns, rows, None, context.blobs.write(_as_file(rows)))


def _parts(table: "pa.Table | None") -> dict[str, dict[str, bytes]]:
    """The files by part and name."""
    if table is None or table.column_names != ["part", "name", "content"]:
        raise InvalidRequest("An import takes files: a table of `part`, `name` and `content`.")
    parts: dict[str, dict[str, bytes]] = {}
    for row in table.to_pylist():
        content = row["content"]
        if not isinstance(content, bytes):
            raise InvalidRequest("An import takes files: `content` holds bytes.")
        parts.setdefault(str(row["part"]), {})[str(row["name"])] = content
    return parts


def _model(parts: dict[str, dict[str, bytes]]) -> tuple[str, bytes, tuple[str, ...]]:
    """The name and bytes of the model's file, and the columns' names where MLflow knows them."""
    models = parts.get(MODEL, {})
    if MLMODEL not in parts:
        if len(models) != 1:
            raise InvalidRequest(f"An import takes one model; there are {len(models)}.")
        name, content = next(iter(models.items()))
        return name, content, ()
    from everloop.training.imported.mlmodel import read_mlmodel

    folder, described = next(iter(parts[MLMODEL].items()))
    found = read_mlmodel(described)
    if found.file not in models:
        raise BundleRefused(
            f"MLmodel names {found.file[:80]!r} as the model, which does not lie beside it as a plain file."
        )
    return f"{folder}/{found.file}", models[found.file], found.columns


def _rows(data: bytes) -> "pa.Table":
    import pyarrow as pa

    from everloop.datasets.accept import to_arrow

    try:
        with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidData(f"The rows are not an Arrow IPC stream: {error}.") from error
    return to_arrow(table)


def _as_file(rows: "pa.Table") -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def _lay_out(
    context: Context, request: ImportRequest, run_id: str, given: _Given, imported: Imported
) -> None:
    """Outside the transaction: a copy of all rows takes its time, and others want to write."""
    from everloop.training.imported.task import ImportTask
    from everloop.training.job import prepare_import

    task = ImportTask(
        run=run_id,
        name=imported.file,
        kind=imported.format,
        digest=imported.digest,
        declared=_declared(request),
        rows=given.digest,
        columns=given.columns,
        threads=context.settings.training.threads,
    )
    prepare_import(context.layout, task, model=given.content, rows=given.rows)


def _declared(request: ImportRequest) -> "Declared":
    from everloop.training.imported.task import Declared

    return Declared(
        target=request.target,
        classes=_listed(request.classes, "classes"),
        features=_listed(request.features, "features"),
        output=request.output,
        logits=request.logits,
    )


def _listed(text: str, name: str) -> tuple[str, ...]:
    if not text:
        return ()
    try:
        found: Any = msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError as error:
        raise InvalidRequest(f"`{name}` is a JSON list of texts: {error}.") from error
    return tuple(found)


def _run(
    context: Context,
    request: ImportRequest,
    run_id: str,
    given: _Given,
    imported: Imported,
    target: TargetRule,
) -> Run:
    return Run(
        id=run_id,
        model=request.model,
        recipe="",
        dataset=given.data.dataset if given.data is not None else "",
        dataset_version=given.data.number if given.data is not None else 0,
        state="running",
        by=context.actor,
        started_at=context.clock.now(),
        tracking="off",
        left_out=given.left_out,
        data_digest=given.digest,
        imported=imported,
        target=target,
    )


def _start(run: Run, transaction: Transaction) -> Change[Run]:
    imported = run.imported
    assert imported is not None
    transaction.add(run)
    return Change(
        result=run,
        subject=f"model:{run.model}",
        after={
            "run": run.id,
            "file": imported.file,
            "format": imported.format,
            "digest": imported.digest,
            "like": f"dataset {run.dataset}@{run.dataset_version}" if run.dataset else imported.rows,
        },
        reason=imported.note,
    )
