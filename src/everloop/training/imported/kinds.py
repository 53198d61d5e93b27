"""What a model file is, told by its first bytes and its name: nothing is parsed or unpacked to know it."""

from everloop.bundles.runtimes.lightgbm_runtime import FIRST_LINE
from everloop.errors import BundleRefused
from everloop.records.imported import ImportFormat

ZIP = b"PK\x03\x04"
SCHEMA = b"schema.json"  # the entry that makes a zip file a skops file
ONNX_START = b"\x08"  # the tag of ModelProto's first field, its format's version
LOOKED_AT = 1 << 16  # bytes at the end of a zip file, where its directory lies
CONVERT = (
    "Loading it would run code. Where it was trained, write it as one of: "
    'skops.io.dump(model, "model.skops"), booster.save_model("model.txt"), or ONNX by skl2onnx.'
)

STARTS = (
    (b"\x80", "a pickle"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89HDF", "an HDF5 file, as Keras writes them,"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"ORTM", "a model in ONNX Runtime's own form"),
)
PICKLES = (".pkl", ".pickle", ".joblib", ".cloudpickle", ".pt", ".pth", ".bin", ".dill")


def kind_of(name: str, data: bytes) -> ImportFormat:
    """The format of a model file; raises BundleRefused, with the remedy, for anything else."""
    if not data:
        raise BundleRefused(f"{name} is empty.")
    if data.startswith(FIRST_LINE):
        return "lightgbm"
    if data.startswith(ZIP):
        if SCHEMA in data[-LOOKED_AT:]:
            return "skops"
        raise _refused(name, "a zip archive", unpacked=True)
    for start, told in STARTS:
        if data.startswith(start) and not _is_onnx(name, data):
            raise _refused(name, told, unpacked="archive" in told)
    if name.lower().endswith(PICKLES):
        raise _refused(name, "a pickle by its name")
    if data[257:262] == b"ustar":
        raise _refused(name, "a tar archive", unpacked=True)
    if _is_onnx(name, data):
        return "onnx"
    raise BundleRefused(
        f"{name} is no model that can be imported.",
        remedy="ONNX (.onnx), skops (.skops), LightGBM's text (.txt) and MLflow folders of these are taken.",
    )


def _is_onnx(name: str, data: bytes) -> bool:
    return data.startswith(ONNX_START) or name.lower().endswith(".onnx")


def _refused(name: str, told: str, *, unpacked: bool = False) -> BundleRefused:
    remedy = "Unpack it yourself and import the model file in it." if unpacked else CONVERT
    return BundleRefused(f"{name} is {told}, which is not opened here.", remedy=remedy)
