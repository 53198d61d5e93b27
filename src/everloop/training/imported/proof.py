"""Proof that a bundle answers as the file did that it was made of."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import Columns, Matrix, Output, Runtime
from everloop.errors import BundleRefused
from everloop.records.bundle import Parity
from everloop.records.signature import Signature
from everloop.training.imported.onnx_answer import OUTPUT
from everloop.training.parity import compare, disturbed, holds, sample

Oracle = Callable[[Matrix | Columns], Output]  # the file's own answers to encoded rows
MADE_UP = 64  # rows, where none are given: whether it runs at all
CHANCES = 1e-3  # by so much may a row's probabilities miss 1


def cases_of(signature: Signature, rows: pa.Table, oracle: Oracle) -> list[Matrix | Columns]:
    """Rows as they are, and with missing cells and unseen categories, unless the file itself refuses these."""
    real = encode(signature, sample(rows))
    hard = disturbed(signature, real)
    try:
        answers = oracle(hard)
    except (BundleRefused, ValueError):
        return [real]
    return [real, hard] if np.isfinite(answers).all() else [real]


def prove(
    signature: Signature, runtime: Runtime, oracle: Oracle, rows: pa.Table | None
) -> tuple[Parity | None, str]:
    """How far the bundle's answers are from the file's on `rows`, and what is wrong with them, if anything.

    Without rows it must answer made-up ones with what can be an answer, and nothing is claimed.
    """
    if rows is None or rows.num_rows == 0:
        return None, _sense(signature, runtime.predict(made_up(signature)))
    cases = cases_of(signature, rows, oracle)
    expected = np.concatenate([oracle(case) for case in cases])
    found = np.concatenate([runtime.predict(case) for case in cases])
    parity = compare(signature.task, expected, found)
    if not holds(parity):
        return parity, f"its answers differ by {parity.largest_difference:.2g} from the file's own"
    return parity, _sense(signature, runtime.predict(cases[0]))


def made_up(signature: Signature) -> Matrix | Columns:
    """Rows that nobody has: normal numbers, and texts that the signature names."""
    chance = np.random.default_rng(0)
    if signature.layout == "matrix":
        return chance.normal(size=(MADE_UP, len(signature.columns))).astype(np.float32)
    made: dict[str, npt.NDArray[np.generic]] = {}
    for column in signature.columns:
        if column.kind == "category":
            texts = np.array(column.categories or ("",), dtype=np.object_)
            made[column.name] = texts[np.arange(MADE_UP) % len(texts)].reshape(-1, 1)
        else:
            made[column.name] = chance.normal(size=(MADE_UP, 1)).astype(np.float32)
    return made


def _sense(signature: Signature, answers: Output) -> str:
    """Why these are no answers; empty where they are."""
    if not np.isfinite(answers).all():
        row = int(np.argmax(~np.isfinite(answers.reshape(len(answers), -1)).all(axis=1)))
        return f"it answers row {row + 1} with no number"
    if signature.task == "regression":
        return ""
    sums = answers.sum(axis=1)
    off = (np.abs(sums - 1) > CHANCES) | (answers < -CHANCES).any(axis=1)
    if not off.any():
        return ""
    row = int(off.argmax())
    return (
        f"its numbers are no probabilities: those of row {row + 1} sum to {sums[row]:.4g}. If they are scores that "
        f"softmax makes probabilities of, say --logits (in Python `logits=True`). {OUTPUT}"
    )
