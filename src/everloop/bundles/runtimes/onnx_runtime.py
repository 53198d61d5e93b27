"""ONNX models through ONNX Runtime, on one thread."""

import numpy as np
import onnxruntime as ort

from everloop.bundles.onnx_safety import refuse_unsafe
from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.errors import BundleRefused
from everloop.records.signature import Signature

MATRIX_INPUT = (
    "rows"  # the name of the one input in the matrix layout; in the other, inputs are named as columns
)


class OnnxRuntime:
    """A model in ONNX. Its inputs and its output must be what the signature says."""

    def __init__(self, model: bytes, signature: Signature) -> None:
        refuse_unsafe(model)
        try:
            self._session = ort.InferenceSession(model, _options(), providers=["CPUExecutionProvider"])
        except Exception as error:
            raise BundleRefused(f"ONNX Runtime does not load it: {str(error).splitlines()[0]}") from error
        _check(self._session, signature)
        self._regression = signature.task == "regression"
        self._output = self._session.get_outputs()[0].name

    def predict(self, inputs: Matrix | Columns) -> Output:
        """Answer every row."""
        feed = {MATRIX_INPUT: inputs} if isinstance(inputs, np.ndarray) else dict(inputs)
        (output,) = self._session.run([self._output], feed)
        return output.reshape(-1) if self._regression else output  # type: ignore[no-any-return]


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.load_model_format", "ONNX")  # not what the bytes claim to be
    return options


def _check(session: ort.InferenceSession, signature: Signature) -> None:
    found = {i.name: i.type for i in session.get_inputs()}
    if signature.layout == "matrix":
        expected = {MATRIX_INPUT: "tensor(float)"}
    else:
        expected = {
            c.name: f"tensor({'string' if c.kind == 'category' else 'float'})" for c in signature.columns
        }
    if found != expected:
        raise BundleRefused("The ONNX model's inputs are not those of the signature.")
    outputs = session.get_outputs()
    if len(outputs) != 1 or outputs[0].type != "tensor(float)":
        raise BundleRefused("The ONNX model must have one output of 32-bit floats.")
