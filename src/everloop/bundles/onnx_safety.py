"""What an ONNX model may hold: one self-contained graph of standard operators."""

from collections.abc import Iterator

from everloop.errors import BundleRefused

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
EXTERNAL = b"location"  # the key without which no tensor can name a file outside the model

_OPSET_IMPORT, _TRAINING, _FUNCTIONS = 8, 20, 25  # fields of ModelProto, onnx.proto


def refuse_unsafe(model: bytes) -> None:
    """Raise BundleRefused for a model that is no ONNX, names files, or uses operators that are not standard.

    Reads the top level only, so that a worker need not import the onnx library; a model that might name files
    (a category may well be called "location") is then read in full.
    """
    try:
        domains = [domain for domain in _imported_domains(model)]
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise BundleRefused("The file is not an ONNX model.") from error
    if not domains:
        raise BundleRefused("The file is not an ONNX model: it names no operator set.")
    if strange := sorted(set(domains) - DOMAINS):
        raise BundleRefused(f"The ONNX model uses operators of {strange[0][:80]!r}, which are not standard.")
    if EXTERNAL in model:
        _refuse_external_data(model)


def _imported_domains(model: bytes) -> Iterator[str]:
    for field, value in _fields(model):
        if field in (_TRAINING, _FUNCTIONS):
            raise BundleRefused("The ONNX model brings functions or training steps of its own.")
        if field == _OPSET_IMPORT:
            yield next((v.decode() for f, v in _fields(value) if f == 1), "")


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field of a protobuf message; numbers have no content here."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        match tag & 7:
            case 0:  # varint
                _, at = _varint(message, at)
                yield tag >> 3, b""
            case 1:  # 64 bits
                at += 8
                yield tag >> 3, b""
            case 2:  # bytes
                size, at = _varint(message, at)
                if at + size > end:
                    raise ValueError("a field ends after its message")
                yield tag >> 3, message[at : at + size]
                at += size
            case 5:  # 32 bits
                at += 4
                yield tag >> 3, b""
            case kind:
                raise ValueError(f"unknown wire type {kind}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number that does not end")


def _refuse_external_data(model: bytes) -> None:
    import onnx
    from onnx.external_data_helper import _get_all_tensors, uses_external_data

    try:
        parsed = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf's, which has no types
        raise BundleRefused("The file is not an ONNX model.") from error
    if any(uses_external_data(tensor) for tensor in _get_all_tensors(parsed)):
        raise BundleRefused("The ONNX model reads tensors from other files.")
