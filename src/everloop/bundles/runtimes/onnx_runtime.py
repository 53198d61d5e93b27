"""ONNX models through ONNX Runtime, on one thread."""

import numpy as np
import onnxruntime as ort

from everloop.bundles.onnx_safety import refuse_unsafe
from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.errors import BundleRefused
from everloop.records.signature import Signature

MATRIX_INPUT = "rows"  # the one input in the matrix layout; in the other, inputs are named as columns
MOST_BOUND_ROWS = 128  # of a loop tick; more are so much work that making arrays for them costs nothing


class OnnxRuntime:
    """A model in ONNX. Its inputs and its output must be what the signature says."""

    def __init__(self, model: bytes, signature: Signature) -> None:
        refuse_unsafe(model)
        try:
            self._session = ort.InferenceSession(model, session_options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no common class of their own
            raise BundleRefused(f"ONNX Runtime does not load it: {str(error).splitlines()[0]}") from error
        _check(self._session, signature)
        self._regression = signature.task == "regression"
        self._output = self._session.get_outputs()[0].name
        self._columns = len(signature.columns)
        self._answers = _answer_shape(self._session, signature)
        self._bound: dict[int, BoundRun] = {}

    def predict(self, inputs: Matrix | Columns) -> Output:
        """Answer every row."""
        feed = {MATRIX_INPUT: inputs} if isinstance(inputs, np.ndarray) else dict(inputs)
        (output,) = self._session.run([self._output], feed)
        return output.reshape(-1) if self._regression else output  # type: ignore[no-any-return]

    def predict_packed(self, rows: bytes, count: int) -> Output:
        """Answer `count` packed rows; few of them in arrays that were made once, which the next call overwrites."""
        bound = self._bound.get(count)
        if bound is not None:
            return bound.run(rows)
        if count <= MOST_BOUND_ROWS and self._answers is not None:
            bound = BoundRun(self._session, count, self._columns, self._answers)
            self._bound[count] = bound
            return bound.run(rows)
        return self.predict(np.frombuffer(rows, dtype=np.float32).reshape(count, self._columns))


class BoundRun:
    """Inference for one number of rows, between two arrays that stay where they are."""

    def __init__(
        self, session: ort.InferenceSession, rows: int, columns: int, answers: tuple[int, ...]
    ) -> None:
        self._run = session.run_with_iobinding
        self._input = np.zeros((rows, columns), dtype=np.float32)
        self._output = np.zeros((rows, *answers), dtype=np.float32)
        self._bytes = memoryview(self._input.data).cast("B")
        self._answer: Output = self._output.reshape(rows) if answers in ((), (1,)) else self._output
        self._binding = session.io_binding()
        (output,) = session.get_outputs()
        for bind, name, array in (
            (self._binding.bind_input, MATRIX_INPUT, self._input),
            (self._binding.bind_output, output.name, self._output),
        ):
            bind(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)

    def run(self, rows: bytes) -> Output:
        """Answer the rows, all of them; the array is the same each time."""
        self._bytes[:] = rows
        self._run(self._binding)
        return self._answer


def _answer_shape(session: ort.InferenceSession, signature: Signature) -> tuple[int, ...] | None:
    """What the output has a row: () or (1,) for a value, (classes,); None where it cannot be bound ahead."""
    shape = session.get_outputs()[0].shape
    if signature.layout != "matrix" or len(shape) not in (1, 2):
        return None
    if signature.task == "classification":
        return (len(signature.classes),) if len(shape) == 2 and len(signature.classes) > 1 else None
    return (1,) * (len(shape) - 1)


def session_options() -> ort.SessionOptions:
    """One thread, quiet, and nothing but ONNX."""
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
