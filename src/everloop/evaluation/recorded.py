"""What a model answered that is served elsewhere: read from the ledger, where others are asked again."""

import numpy as np
import pyarrow as pa

from everloop.evaluation.labels import as_text, codes_of
from everloop.evaluation.scored import Flags, Numbers, Scored
from everloop.ledger.arrow import pc
from everloop.ledger.labels import as_numbers
from everloop.records.endpoint import VersionRef
from everloop.records.signature import Signature


def answered_by(rows: pa.Table, ref: VersionRef) -> Flags:
    """Which rows of the ledger are answers of `ref`."""
    own = pc.and_(pc.equal(rows["model"], ref.model), pc.equal(rows["version"], ref.number))
    found: Flags = own.to_numpy().astype(bool)
    return found


def recorded(rows: pa.Table, ref: VersionRef, signature: Signature) -> Scored:
    """Its answers to `rows`. One that it did not answer, or answered with an error, has none.

    Where not every class has a probability in every row, there are none: `chances` says so.
    """
    own = answered_by(rows, ref)
    if signature.task == "regression":
        values = np.asarray(pc.fill_null(as_numbers(rows["output"]), np.nan), dtype=np.float64)
        given = own & np.isfinite(values)
        return Scored(np.where(given, values, np.nan), given, _missing(given))
    codes = codes_of(rows["output"], [as_text(label) for label in signature.classes])
    given = own & (codes >= 0)
    with_chances = rows["probabilities"].is_valid().to_numpy()
    chances = bool(given.any()) and bool(with_chances[given].all())
    outputs = np.full((rows.num_rows, len(signature.classes)), np.nan)
    outputs[given] = _probabilities(rows, given) if chances else np.eye(len(signature.classes))[codes[given]]
    return Scored(outputs, given, _missing(given), chances=chances)


def _probabilities(rows: pa.Table, given: Flags) -> Numbers:
    lists = rows["probabilities"].filter(pa.array(given)).combine_chunks()
    flat = np.asarray(pc.list_flatten(lists), dtype=np.float64)
    return flat.reshape(int(given.sum()), -1)


def _missing(given: Flags) -> str:
    return "" if given.all() else "no answer of it was recorded"
