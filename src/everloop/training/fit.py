"""A recipe and a table become a scored bundle."""

import platform
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.writer import file_entries
from everloop.errors import TrainingFailed
from everloop.ledger.taught import Taught
from everloop.records.bundle import BundleManifest
from everloop.records.codec import digest_of, to_json
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Signature
from everloop.training.columns import Choice, choose_columns, with_missing_of
from everloop.training.estimator import Estimator
from everloop.training.fitted import Fitted, as_estimator_rows
from everloop.training.freeze import libraries
from everloop.training.material import Material, gather
from everloop.training.metrics import score
from everloop.training.package import Package, package
from everloop.training.preparation import Prepared, layout_of, named_columns, prepare
from everloop.training.seeds import fix_chance

Say = Callable[[str, float], None]  # a line for people, and how far it has come, 0 to 1


@dataclass(frozen=True, slots=True)
class Trained:
    """A version before it has a number: its bundle and its scores on the rows that the fit has not seen."""

    manifest: BundleManifest
    files: dict[str, bytes]
    metrics: dict[str, float]
    rows: dict[str, int]  # fitted, scored, left_out
    taught: bytes  # marks of the rows that it was fitted on


def fit(
    record: RecipeRecord, estimator: Estimator, table: pa.Table, *, data: str, threads: int, say: Say
) -> Trained:
    """Fit `estimator` on `table`, whose digest is `data`, and store it in the form that serves it best.

    Rows without a target are left out. The version is the model that was scored: it is not fitted again on the
    rows that scored it, so that its scores are its own. They are taken from the stored form, which is what
    will answer. Raises RecipeRefused and TrainingFailed with a reason that a person understands.
    """
    material = gather(record, estimator, table)
    signature, choice = _signature(record, estimator, material)
    prepared = prepare(estimator, signature.columns, signature.layout)
    _tell(say, material, choice, prepared)
    fix_chance(prepared.estimator, record.seed, threads)
    _fit(prepared, signature, material)
    say("Fitted. Storing it in the form that serves it best.", 0.7)
    packed = package(Fitted(prepared.estimator, signature), material.table)
    _tell_form(say, packed)
    output = packed.runtime.predict(encode(signature, material.score_rows))
    metrics = score(material.labels, material.to_score, output)
    say("Scores: " + ", ".join(f"{n} {v:.4g}" for n, v in metrics.items()) + ".", 0.95)
    return Trained(
        manifest=_manifest(record, signature, packed, data, threads),
        files=packed.files,
        metrics=metrics,
        rows=_rows(material),
        taught=Taught.of(signature.columns, material.table.take(np.sort(material.to_fit))).to_bytes(),
    )


def _signature(record: RecipeRecord, estimator: Estimator, material: Material) -> tuple[Signature, Choice]:
    layout = layout_of(estimator)
    wanted = named_columns(estimator)
    choice = choose_columns(record, material.fit_rows, wanted=wanted, as_text=layout == "columns")
    signature = Signature(
        task=material.task,
        target=record.target.outcome,
        columns=with_missing_of(choice.columns, material.table),
        layout=layout,
        classes=material.labels.classes,
        ignored=choice.ignored,
    )
    return signature, choice


def _fit(prepared: Prepared, signature: Signature, material: Material) -> None:
    rows = as_estimator_rows(encode(signature, material.fit_rows), signature)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            prepared.estimator.fit(rows, material.labels.values[material.to_fit], **prepared.arguments)
    except Exception as error:  # whatever the estimator's own code raises
        reason = str(error).strip().splitlines() or [""]
        raise TrainingFailed(
            f"{type(prepared.estimator).__name__} could not be fitted: {type(error).__name__}: {reason[0][:300]}",
            remedy="The run's log has the whole message.",
        ) from error


def _tell(say: Say, material: Material, choice: Choice, prepared: Prepared) -> None:
    for note in choice.notes:
        say(note, 0.1)
    if prepared.note:
        say(prepared.note, 0.1)
    if material.left_out:
        say(f"{material.left_out:,} rows without a target are left out.", 0.1)
    rows = f"{len(material.to_fit):,} rows to fit, {len(material.to_score):,} to score"
    say(f"{material.task.capitalize()} from {len(choice.columns)} columns; {rows}.", 0.15)


def _tell_form(say: Say, packed: Package) -> None:
    size = sum(map(len, packed.files.values()))
    proof = f"{packed.parity.rows:,} rows, largest difference {packed.parity.largest_difference:.2g}"
    say(f"Stored as {packed.format}, {size:,} bytes; it answers as fitted ({proof}).", 0.9)
    if packed.fallback_reason:
        say(f"Why it is not ONNX: {packed.fallback_reason}.", 0.9)


def _rows(material: Material) -> dict[str, int]:
    return {
        "fitted": len(material.to_fit),
        "scored": len(material.to_score),
        "left_out": material.left_out,
    }


def _manifest(
    record: RecipeRecord, signature: Signature, packed: Package, data: str, threads: int
) -> BundleManifest:
    return BundleManifest(
        runtime=packed.format,
        signature=signature,
        files=file_entries(packed.files),
        recipe=digest_of(to_json(record)),
        data=data,
        environment=environment(threads),
        parity=packed.parity,
        fallback_reason=packed.fallback_reason,
    )


def environment(threads: int) -> dict[str, str]:
    """What shapes a model beside its recipe and data."""
    return {
        **libraries(),
        "python": platform.python_version(),
        "machine": f"{platform.system()}-{platform.machine()}".lower(),
        "threads": str(threads),
    }
