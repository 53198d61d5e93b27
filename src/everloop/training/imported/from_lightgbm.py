"""LightGBM's text form as a bundle: as ONNX, which is quicker, where it answers the same, else as it is."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from everloop.bundles.runtimes.lightgbm_runtime import LightGBMRuntime
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.errors import BundleRefused
from everloop.records.signature import Column, Signature
from everloop.training.conversion import NotConvertible
from everloop.training.imported.classes import resolved
from everloop.training.imported.columns import chosen_names, coded, columns_like
from everloop.training.imported.lightgbm_categories import as_in_rows, invented, pandas_categories
from everloop.training.imported.lightgbm_text import Head, checked
from everloop.training.imported.made import Given, Made
from everloop.training.imported.onnx_answer import Chosen
from everloop.training.imported.onnx_graph import SourceGraph
from everloop.training.imported.onnx_wiring import rewired
from everloop.training.imported.proof import made_up, prove
from everloop.training.imported.task import Declared
from everloop.training.lightgbm_thresholds import float32_text
from everloop.training.parity import compare, holds

NEWEST_OPSET = 15  # that the converter knows
CLASSIFIES = {"binary", "multiclass", "multiclassova"}
ORDERS = {"lambdarank", "rank_xendcg"}


def from_lightgbm(data: bytes, declared: Declared, rows: Given, columns: Sequence[str] = ()) -> Made:
    """The bundle of a booster's text; `columns` are names that something beside the file knows.

    Raises BundleRefused for what cannot be served, InvalidRequest, naming the option, for what the file does not say.
    """
    import lightgbm

    try:
        text = data.decode()
        head = checked(text)
        booster = lightgbm.Booster(model_str=float32_text(text))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError) as error:
        raise BundleRefused(f"LightGBM does not load it: {str(error).splitlines()[0][:200]}") from error
    if head.objective in ORDERS:
        raise BundleRefused(
            f"The LightGBM model orders rows ({head.objective}): that is no class and no number."
        )
    signature, known = _signature(head, booster, declared, rows, columns)
    native = LightGBMRuntime(data, signature)
    parity, wrong = prove(signature, native, native.predict, rows)
    if wrong:
        raise BundleRefused(f"The LightGBM model cannot be imported: {wrong}")
    made = Made(
        format="lightgbm",
        files={"model.txt": data},
        signature=signature,
        parity=parity,
        producer="LightGBM",
        notes=tuple(filter(None, [coded(signature.columns, known)])),
    )
    try:
        return _as_onnx(booster, native, made, rows)
    except (NotConvertible, BundleRefused) as error:
        return replace(made, fallback_reason=f"onnx: {str(error)[:200]}")


def _signature(
    head: Head,
    booster: Any,  # noqa: ANN401 - lightgbm has no types
    declared: Declared,
    rows: Given,
    columns: Sequence[str],
) -> tuple[Signature, dict[str, list[str]]]:
    own = () if invented(head.names) else head.names
    if rows is not None:
        own = as_in_rows(own, rows.column_names)
    names = chosen_names(
        rows,
        count=len(head.names),
        target=declared.target,
        features=declared.features,
        known=() if declared.features else own or columns,
    )
    known = {} if rows is None else pandas_categories(booster, names, rows)
    classifies = head.objective in CLASSIFIES
    count = head.classes if head.classes > 1 else 2
    taught = range(count) if not declared.classes else ()
    return Signature(
        task="classification" if classifies else "regression",
        target=declared.target,
        columns=_columns(names, rows, known),
        classes=resolved(
            tuple(taught), count=count, declared=declared.classes, rows=rows, target=declared.target
        )
        if classifies
        else (),
        ignored=() if rows is None else tuple(name for name in rows.column_names if name not in names),
    ), known


def _columns(names: Sequence[str], rows: Given, known: dict[str, list[str]]) -> tuple[Column, ...]:
    if rows is None:
        return tuple(Column(name=name, kind="number", nullable=True) for name in names)
    return columns_like(rows, names, as_text=False, categories=known)


def _as_onnx(booster: Any, native: LightGBMRuntime, made: Made, rows: Given) -> Made:  # noqa: ANN401
    """Converted, and proven to answer as the text does: on rows, or on made-up ones."""
    signature = made.signature
    graph = SourceGraph(_converted(booster, len(signature.columns)))
    scores = graph.outs[-1]
    width = len(signature.classes) or 1
    chosen = Chosen(signature.task, scores.name, scores.name, "", width, signature.classes)
    wired = rewired(graph, chosen, signature, logits=False)
    runtime = OnnxRuntime(wired, signature)
    parity, wrong = prove(signature, runtime, native.predict, rows)
    if not wrong and parity is None:
        cases = made_up(signature)
        found = compare(signature.task, native.predict(cases), runtime.predict(cases))
        wrong = "" if holds(found) else f"answers differ by {found.largest_difference:.2g} on made-up rows"
    if wrong:
        raise NotConvertible(wrong)
    return replace(made, format="onnx", files={"model.onnx": wired}, parity=parity)


def _converted(booster: Any, columns: int) -> bytes:  # noqa: ANN401
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = convert_lightgbm(
                booster,
                initial_types=[("rows", FloatTensorType([None, columns]))],
                zipmap=False,
                target_opset=NEWEST_OPSET,
            )
        except Exception as error:  # the converters raise whatever their many authors chose
            raise NotConvertible(f"{type(error).__name__}: {error}".splitlines()[0][:200]) from error
    return bytes(model.SerializeToString())
