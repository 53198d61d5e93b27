"""A fitted estimator in the first stored form that answers as it does: ONNX, LightGBM's text, skops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import Columns, Matrix, Runtime
from everloop.bundles.trusted import dump_canonical
from everloop.errors import BundleRefused, TrainingFailed
from everloop.records.bundle import Parity
from everloop.training.conversion import NotConvertible, to_onnx
from everloop.training.estimator import is_lightgbm
from everloop.training.fitted import Fitted
from everloop.training.parity import compare, disturbed, holds, sample

Format = Literal["onnx", "lightgbm", "skops"]
Maker = Callable[[Fitted], tuple[str, bytes, Runtime]]  # to the file's name, its bytes, and the loaded model


@dataclass(frozen=True, slots=True)
class Package:
    """The chosen form: its file, its runtime, the proof, and why it is not ONNX."""

    format: Format
    files: dict[str, bytes]
    runtime: Runtime
    parity: Parity
    fallback_reason: str = ""


def package(fitted: Fitted, table: pa.Table) -> Package:
    """Try the forms in turn on rows of `table`; raises TrainingFailed if none answers as the estimator does."""
    cases = _cases(fitted, table)
    reasons = []
    for form, make in _forms(fitted):
        try:
            name, data, runtime = make(fitted)
            parity = _proof(fitted, runtime, cases)
        except (NotConvertible, BundleRefused) as error:
            reasons.append(f"{form}: {error}")
            continue
        if holds(parity):
            return Package(form, {name: data}, runtime, parity, "; ".join(reasons))
        reasons.append(
            f"{form}: answers differ by {parity.largest_difference:.2g} from the fitted estimator's"
        )
    raise TrainingFailed(
        "The fitted estimator has no form in which it can be served: " + "; ".join(reasons),
        remedy="Choose another estimator, or steps that ONNX knows.",
    )


def _forms(fitted: Fitted) -> list[tuple[Format, Maker]]:
    forms: list[tuple[Format, Maker]] = [("onnx", _onnx), ("skops", _skops)]
    if is_lightgbm(fitted.estimator) and fitted.signature.layout == "matrix":
        forms.insert(1, ("lightgbm", _lightgbm))
    return forms


def _cases(fitted: Fitted, table: pa.Table) -> list[Matrix | Columns]:
    """Real rows, and the same rows with missing cells and unseen categories, unless the estimator refuses these."""
    real = encode(fitted.signature, sample(table))
    try:
        fitted.answer(real)
    except Exception as error:  # whatever the estimator's own code raises
        told = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise TrainingFailed(f"The fitted estimator does not answer its own data: {told}") from error
    hard = disturbed(fitted.signature, real)
    try:
        fitted.answer(hard)
    except ValueError:  # a pipeline that was told to raise an error at an unknown category
        return [real]
    return [real, hard]


def _proof(fitted: Fitted, runtime: Runtime, cases: list[Matrix | Columns]) -> Parity:
    expected = np.concatenate([fitted.answer(case) for case in cases])
    try:
        found = np.concatenate([runtime.predict(case) for case in cases])
    except Exception as error:  # the runtimes' errors have no common class
        raise NotConvertible(f"it fails on real rows: {str(error).splitlines()[0][:200]}") from error
    return compare(fitted.signature.task, expected, found)


def _onnx(fitted: Fitted) -> tuple[str, bytes, Runtime]:
    from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime

    data = to_onnx(fitted.estimator, fitted.signature)
    return "model.onnx", data, OnnxRuntime(data, fitted.signature)


def _lightgbm(fitted: Fitted) -> tuple[str, bytes, Runtime]:
    from everloop.bundles.runtimes.lightgbm_runtime import LightGBMRuntime

    data = fitted.estimator.booster_.model_to_string().encode()
    return "model.txt", data, LightGBMRuntime(data, fitted.signature)


def _skops(fitted: Fitted) -> tuple[str, bytes, Runtime]:
    from everloop.bundles.runtimes.skops_runtime import SkopsRuntime

    try:
        data = dump_canonical(fitted.estimator)
    except Exception as error:  # skops raises whatever an attribute's own code does
        raise NotConvertible(f"{type(error).__name__}: {error}".splitlines()[0][:200]) from error
    return "model.skops", data, SkopsRuntime(data, fitted.signature)
