"""Bring a model in that was trained elsewhere: read its files, have them imported, come back with the version."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everloop.actions.import_model import MLMODEL, MODEL, ROWS, ImportRequest
from everloop.actions.registry import IMPORT_MODEL
from everloop.errors import BundleRefused
from everloop.records.model_version import ModelVersion
from everloop.records.names import NAME, checked_name, new_id
from everloop.workspace.progress import Progress
from everloop.workspace.remote import arrow_bytes
from everloop.workspace.training import version_of_run

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.datasets.accept import Rows
    from everloop.training.imported.source import Source
    from everloop.workspace.client import Client


def bring_in(
    client: "Client",
    path: Path | str,
    model: str,
    *,
    target: str,
    like: "Rows | None",
    classes: Sequence[object],
    features: Sequence[str],
    output: str,
    logits: bool,
    note: str,
    progress: Progress | None,
) -> ModelVersion:
    """Import and wait; raises BundleRefused or InvalidRequest with the reason and what to do."""
    from everloop.training.imported.source import read_source

    source = read_source(Path(path))
    dataset, version = _dataset(like)
    request = ImportRequest(
        model=checked_name(model, "model"),
        target=target,
        dataset=dataset,
        dataset_version=version,
        classes=_json([str(label) for label in classes]),
        features=_json(list(features)),
        output=output,
        logits=logits,
        note=note,
    )
    parts = _parts(source, None if dataset else like)
    run = client.call(IMPORT_MODEL, request, key=new_id("key"), table=parts)
    return version_of_run(client, run, progress, failed=BundleRefused)


def _dataset(like: "Rows | None") -> tuple[str, int | None]:
    """The dataset that `like` names, as `churn` or `churn@3`; none where it is rows, or the path of a file."""
    if not isinstance(like, str):
        return "", None
    name, at, number = like.partition("@")
    if NAME.fullmatch(name) is None or (at and not number.isdecimal()) or Path(like).is_file():
        return "", None
    return name, int(number) if number else None


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode() if values else ""


def _parts(source: "Source", like: "Rows | None") -> "pa.Table":
    """The model's files, and rows beside them, as the one table that the operation takes."""
    import pyarrow as pa

    from everloop.datasets.accept import to_arrow
    from everloop.training.imported.source import MLMODEL as DESCRIBED

    files = [
        (MLMODEL, source.name, content) if name == DESCRIBED else (MODEL, name, content)
        for name, content in source.files.items()
    ]
    if like is not None:
        files.append((ROWS, ROWS, arrow_bytes(to_arrow(like))))
    kinds, names, contents = zip(*files, strict=True)
    return pa.table(
        {
            "part": pa.array(kinds, pa.string()),
            "name": pa.array(names, pa.string()),
            "content": pa.array(contents, pa.large_binary()),
        }
    )
