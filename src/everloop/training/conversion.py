"""A fitted estimator as ONNX: one graph with one output, the same bytes in every process."""

import logging
import warnings
from typing import Any

from everloop.bundles.runtimes.onnx_runtime import MATRIX_INPUT
from everloop.records.signature import Signature
from everloop.training.estimator import Estimator, last_step
from everloop.training.lightgbm_thresholds import with_float32_thresholds

OPSETS = {"": 17, "ai.onnx.ml": 3}  # old enough for every runtime that we accept


class NotConvertible(Exception):
    """ONNX has no form for this estimator; the message says why, in one line."""


def to_onnx(estimator: Estimator, signature: Signature) -> bytes:
    """The ONNX model. Its inputs are named as the signature's columns, or `rows` in the matrix layout.

    Raises NotConvertible.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("skl2onnx").setLevel(logging.ERROR)
        _register_lightgbm()
        try:
            model = _converted(estimator, signature)
            _name_inputs(model.graph, [name for name, _ in _inputs(signature)])
            _keep_one_output(
                model.graph, "regression" if signature.task == "regression" else "classification"
            )
        except Exception as error:  # the converters raise whatever their many authors chose
            raise NotConvertible(f"{type(error).__name__}: {error}".splitlines()[0][:200]) from error
    return canonical_bytes(model)


def _converted(estimator: Estimator, signature: Signature) -> Estimator:
    from skl2onnx import convert_sklearn

    answering = last_step(estimator)
    if hasattr(answering, "flatten_transform"):
        answering.flatten_transform = False  # of a vote's `transform`, which nothing here calls
    options = {}
    if signature.task == "classification":
        options = {id(answering): {"zipmap": False}}
    return convert_sklearn(
        estimator,
        name="everloop",
        initial_types=_inputs(signature),
        options=options,
        target_opset=OPSETS,
    )


def _inputs(signature: Signature) -> list[tuple[str, Any]]:
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    if signature.layout == "matrix":
        return [(MATRIX_INPUT, FloatTensorType([None, len(signature.columns)]))]
    return [
        (c.name, StringTensorType([None, 1]) if c.kind == "category" else FloatTensorType([None, 1]))
        for c in signature.columns
    ]


def _register_lightgbm() -> None:
    """Tell skl2onnx how LightGBM converts; telling it again changes nothing."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
        calculate_linear_regressor_output_shapes,
    )

    update_registered_converter(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        calculate_linear_classifier_output_shapes,
        _convert_lightgbm,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
    )
    update_registered_converter(
        LGBMRegressor,
        "LightGbmLGBMRegressor",
        calculate_linear_regressor_output_shapes,
        _convert_lightgbm,
        options={"split": None},
    )


def _convert_lightgbm(scope: Any, operator: Any, container: Any) -> None:  # noqa: ANN401 - untyped libraries
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

    operator.raw_operator = with_float32_thresholds(operator.raw_operator)
    convert_lightgbm(scope, operator, container)


def _name_inputs(graph: Any, names: list[str]) -> None:  # noqa: ANN401 - a protobuf message
    """Name the inputs as the columns, also a column that is called as one of the converters' own variables."""
    given = [value.name for value in graph.input]
    if given == names or len(given) != len(names):
        return
    taken = {name for node in graph.node for name in [*node.input, *node.output]} | set(names)
    new = dict(zip(given, names, strict=True))
    for inner in sorted(taken & set(names) - set(given)):
        new[inner] = next(f"{inner}_{n}" for n in range(len(taken) + 1) if f"{inner}_{n}" not in taken)
    for value in [*graph.input, *graph.output, *graph.initializer]:
        value.name = new.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [new.get(name, name) for name in node.input]
        node.output[:] = [new.get(name, name) for name in node.output]


def _keep_one_output(graph: Any, task: str) -> None:  # noqa: ANN401 - a protobuf message
    """Drop the label, which is the class with the largest probability, and all that only it needs."""
    wanted = graph.output[1 if task == "classification" else 0].name
    for output in [o for o in graph.output if o.name != wanted]:
        graph.output.remove(output)
    needed = {wanted}
    for node in reversed(list(graph.node)):
        if needed.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            needed.update(node.input)
    for constant in [c for c in graph.initializer if c.name not in needed]:
        graph.initializer.remove(constant)


def canonical_bytes(model: Any) -> bytes:  # noqa: ANN401 - a protobuf message
    """Bytes without what depends on the order of a set or on who converted it."""
    imports = sorted(((o.domain, o.version) for o in model.opset_import), key=lambda pair: pair[0])
    del model.opset_import[:]
    for domain, number in imports:
        model.opset_import.add(domain=domain, version=number)
    del model.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = "everloop"
    return bytes(model.SerializeToString(deterministic=True))
