import gzip
import io
import pickle
import zipfile

import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from everloop.errors import BundleRefused
from everloop.training.imported.kinds import kind_of


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a", b"tree\nversion=v4\n", "lightgbm"),
        ("a", skops.io.dumps(LogisticRegression()), "skops"),
        ("a.onnx", b"\x08\x08", "onnx"),
        ("a.bin-ish", b"\x08\x08", "onnx"),
        ("a.onnx", b":\x00", "onnx"),
    ],
)
def test_a_model_is_known_by_its_first_bytes(name, data, kind):
    assert kind_of(name, data) == kind


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("m.pkl", pickle.dumps({}), "skops.io.dump"),
        ("m.onnx.pkl", pickle.dumps({}, protocol=0), "skops.io.dump"),
        ("m.zip", zipped("model.onnx"), "Unpack it yourself"),
        ("m.gz", gzip.compress(b"tree\n", mtime=0), "Unpack it yourself"),
        ("m.tar", b"a" * 257 + b"ustar\x0000", "Unpack it yourself"),
        ("m.h5", b"\x89HDF\r\n", "skl2onnx"),
        ("m.txt", b"hello", "are taken"),
        ("m.onnx", b"", "is empty"),
    ],
)
def test_anything_else_is_refused_in_one_line_with_a_way_out(name, data, told):
    with pytest.raises(BundleRefused) as refusal:
        kind_of(name, data)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)
