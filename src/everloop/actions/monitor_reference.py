"""The training window that a champion's monitors compare with: made once, kept as a blob."""

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.learned_rows import learned_rows, training_window
from everloop.bundles.door import open_bundle
from everloop.errors import RecipeRefused, TrainingFailed
from everloop.evaluation.scored import score
from everloop.monitoring.quality import scores
from everloop.monitoring.reference import Reference, reference_of
from everloop.monitoring.reference_blob import from_bytes, to_bytes
from everloop.records.codec import from_json
from everloop.records.model_version import ModelVersion
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Signature
from everloop.statistics.tally import Tally
from everloop.stores.blobs import BlobStore
from everloop.training.material import held_out

MOST_SCORED = 20_000  # rows whose answers are what to expect

Array = Any  # a pyarrow.Array


def make_reference(
    context: Context,
    version: ModelVersion,
    *,
    answers: "pa.ChunkedArray[Any] | None" = None,
    promised: Tally | None = None,
) -> str:
    """The blob's digest. Takes the time of reading, sorting and partly scoring the version's rows: seconds.

    Where the version was trained elsewhere, `answers` and `promised` say what is known of it, if anything is.
    Raises NotFound or BundleRefused where its data or its bundle is gone.
    """
    with context.metadata.transaction() as transaction:
        window = training_window(transaction, version)
    rows = learned_rows(context, window)
    if version.imported is not None and answers is None and rows.num_rows:
        answers = _answers_only(context, version, rows)
    answered = _answered(context, version, rows) if version.recipe else None
    if answered is not None:
        promised = scores(version.signature.task, answered)
        answers = answered["output"]
    labels: list[Any] | None = None if answers is None else answers.to_pylist()
    return context.blobs.write(to_bytes(reference_of(version.signature, rows, labels, promised)))


def load_reference(blobs: BlobStore, digest: str) -> Reference:
    """The reference in a blob; the few that were used last are kept in memory."""
    store: Any = blobs  # mypy does not take a Protocol for hashable
    reference: Reference = _loaded(store, digest)
    return reference


@lru_cache(maxsize=4)
def _loaded(blobs: BlobStore, digest: str) -> Reference:
    return from_bytes(blobs.read(digest))


def _answered(context: Context, version: ModelVersion, rows: pa.Table) -> pa.Table | None:
    """Output and truth of the rows that the version's fit has not seen; None where they cannot be told."""
    bundle = open_bundle(context.layout.bundles, version.bundle)
    recipe = from_json(RecipeRecord, context.blobs.read(version.recipe))
    try:
        unseen = held_out(recipe, version.signature.task, rows)
    except (RecipeRefused, TrainingFailed):
        return None
    unseen = _some(unseen)
    found = score(bundle, unseen.select([column.name for column in version.signature.columns]))
    answered = pa.array(found.answered)
    truth = unseen[recipe.target.outcome]
    together: Any = {"output": _labels(version.signature, found.values, truth.type), "truth": truth}
    rows_answered = pa.table(together).filter(answered)
    return rows_answered if rows_answered.num_rows else None


def _answers_only(context: Context, version: ModelVersion, rows: pa.Table) -> Array:
    """An imported version's answers to rows as it takes them; whether they are right says little of it."""
    bundle = open_bundle(context.layout.bundles, version.bundle)
    chosen = _some(rows).select([column.name for column in version.signature.columns])
    found = score(bundle, chosen)
    classes: list[Any] = list(version.signature.classes)
    labels = _labels(version.signature, found.values, pa.array(classes).type)
    return labels.filter(pa.array(found.answered))


def _some(rows: pa.Table) -> pa.Table:
    if rows.num_rows <= MOST_SCORED:
        return rows
    return rows.take(np.sort(np.random.default_rng(0).permutation(rows.num_rows)[:MOST_SCORED]))


def _labels(signature: Signature, values: Any, kind: pa.DataType) -> Array:  # noqa: ANN401 - a NumPy matrix
    """The answers as labels, of the type that the truth has where they are classes."""
    if signature.task == "regression":
        return pa.array(values[:, 0])
    chosen = np.where(np.isfinite(values).all(axis=1), np.nan_to_num(values).argmax(axis=1), 0)
    classes: Any = pa.array(list(signature.classes))
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return classes.cast(kind).take(pa.array(chosen))
