"""Files that would run code if anything loaded them the usual way: none of them ever does."""

import bz2
import gzip
import io
import json
import lzma
import marshal
import os
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from everloop.bundles.door import open_bundle
from everloop.bundles.trusted import dump_canonical, load_trusted
from everloop.bundles.writer import file_entries, write_bundle
from everloop.errors import BundleRefused, EverloopError, InvalidRequest
from everloop.records.bundle import BundleManifest
from everloop.records.signature import Column, Signature
from everloop.training.imported.bring_in import bring_in
from everloop.training.imported.kinds import kind_of
from everloop.training.imported.task import Declared, ImportTask

FILES = {"onnx": "model.onnx", "lightgbm": "model.txt", "skops": "model.skops"}


class Bomb:
    """Makes the marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return buffer.getvalue()


def pickled(marker: Path, protocol: int = 4) -> bytes:
    return pickle.dumps(Bomb(marker), protocol=protocol)


def dumped(marker: Path, **options) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(Bomb(marker), buffer, **options)
    return buffer.getvalue()


def saved(marker: Path, save: Callable) -> bytes:
    buffer = io.BytesIO()
    save(buffer, np.array([Bomb(marker)], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def tarred(marker: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as target:
        info = tarfile.TarInfo("../" * 8 + str(marker))
        target.addfile(info, io.BytesIO())
    return buffer.getvalue()


def skops_file(node: dict, **files: bytes) -> bytes:
    schema = {"protocol": 2, "_skops_version": "0.16.0", **node}
    return archive({"schema.json": json.dumps(schema).encode(), **files})


def call(marker: Path) -> dict:
    """A skops node of the arguments `(marker, "w")`."""
    arguments = [
        {
            "__class__": "str",
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "content": json.dumps(text),
            "__id__": 10,
        }
        for text in (str(marker), "w")
    ]
    return {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "content": arguments,
        "__id__": 9,
    }


def reduced(marker: Path, module: str, name: str) -> bytes:
    node = {
        "__class__": name,
        "__module__": module,
        "__loader__": "ConstructorFromReduceNode",
        "content": call(marker),
    }
    return skops_file({**node, "__id__": 1})


def partial(marker: Path) -> bytes:
    function = {
        "__class__": "open",
        "__module__": "io",
        "__loader__": "FunctionNode",
        "content": {},
        "__id__": 2,
    }
    return skops_file(
        {
            "__class__": "partial",
            "__module__": "functools",
            "__loader__": "PartialNode",
            "content": {
                "func": function,
                "args": call(marker),
                "kwds": call(marker),
                "namespace": call(marker),
            },
        }
    )


def method_caller(marker: Path) -> bytes:
    return skops_file(
        {
            "__class__": "methodcaller",
            "__module__": "operator",
            "__loader__": "OperatorFuncNode",
            "attrs": call(marker),
        }
    )


def object_of(marker: Path, module: str, name: str) -> bytes:
    return skops_file(
        {"__class__": name, "__module__": module, "__loader__": "ObjectNode", "content": call(marker)}
    )


def array_of_pickles(marker: Path) -> bytes:
    node = {
        "__class__": "ndarray",
        "__module__": "numpy",
        "__loader__": "NdArrayNode",
        "type": "numpy",
        "file": "0.npy",
    }
    return skops_file({**node, "__id__": 1}, **{"0.npy": saved(marker, np.save)})


def own_function(marker: Path) -> bytes:
    return dump_canonical(FunctionTransformer(pickled))


def poisoned_estimator(marker: Path) -> bytes:
    """A good skops file, and a pickle beside its parts."""
    with zipfile.ZipFile(io.BytesIO(dump_canonical(LogisticRegression()))) as good:
        schema = json.loads(good.read("schema.json"))
    schema["content"]["content"]["C"] = {
        "__class__": "open",
        "__module__": "io",
        "__loader__": "ConstructorFromReduceNode",
        "content": call(marker),
    }
    return archive({"schema.json": json.dumps(schema).encode(), "data.pkl": pickled(marker)})


def onnx_model(node: onnx.NodeProto, domain: str = "", initializer: TensorProto | None = None) -> bytes:
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 1])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph([node], "g", [rows], [answer], [initializer] if initializer else [])
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def onnx_external(marker: Path) -> bytes:
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[1, 1], data_location=TensorProto.EXTERNAL
    )
    tensor.external_data.add(key="location", value="../../../../../../etc/hostname")
    return onnx_model(helper.make_node("MatMul", ["rows", "w"], ["answer"]), initializer=tensor)


def onnx_python(marker: Path) -> bytes:
    node = helper.make_node(
        "PyOp", ["rows"], ["answer"], domain="ai.onnx.contrib", module="os", compute="system"
    )
    return onnx_model(node, "ai.onnx.contrib")


def onnx_undeclared(marker: Path) -> bytes:
    return onnx_model(helper.make_node("PyOp", ["rows"], ["answer"], domain="pyopadd"))


def onnx_context(marker: Path) -> bytes:
    node = helper.make_node(
        "EPContext", ["rows"], ["answer"], domain="com.microsoft", ep_cache_context=str(marker)
    )
    return onnx_model(node)


YAML = "!!python/object/apply:builtins.open [{marker}, w]"
MLMODEL = "flavors:\n  python_function:\n    loader_module: os\n    data: {marker}\n    code: .\n"
CODE = "open({marker!r}, 'w')"

HOSTILE: dict[str, Callable[[Path], bytes]] = {
    "pickle 0": lambda m: pickled(m, 0),
    "pickle 2": lambda m: pickled(m, 2),
    "pickle 5": lambda m: pickled(m, 5),
    "two pickles": lambda m: pickled(m) * 2,
    "gzip": lambda m: gzip.compress(pickled(m)),
    "bzip2": lambda m: bz2.compress(pickled(m)),
    "xz": lambda m: lzma.compress(pickled(m)),
    "zlib": lambda m: zlib.compress(pickled(m)),
    "joblib": dumped,
    "joblib compressed": lambda m: dumped(m, compress=3),
    "zip": lambda m: archive({"model.pkl": pickled(m)}),
    "zip in zip": lambda m: archive({"schema.json": archive({"model.pkl": pickled(m)})}),
    "torch": lambda m: archive({"archive/data.pkl": pickled(m), "archive/version": b"3\n"}),
    "torch, flat": lambda m: archive({"data.pkl": pickled(m), "version": b"3\n"}),
    "torch, old": lambda m: pickle.dumps(0x1950A86A20F9469CFC6C) + pickle.dumps(1001) + pickled(m),
    "keras": lambda m: archive({"config.json": b'{"class_name": "Lambda"}', "model.weights.h5": pickled(m)}),
    "tar": tarred,
    "npy": lambda m: saved(m, np.save),
    "npz": lambda m: saved(m, lambda file, array, **_: np.savez(file, array, allow_pickle=True)),
    "marshal": lambda m: marshal.dumps(compile(CODE.format(marker=str(m)), "x", "exec")),
    "python": lambda m: CODE.format(marker=str(m)).encode(),
    "yaml": lambda m: YAML.format(marker=m).encode(),
    "MLmodel": lambda m: MLMODEL.format(marker=m).encode(),
    "jsonpickle": lambda m: json.dumps(
        {"py/reduce": [{"py/function": "builtins.open"}, [str(m), "w"]]}
    ).encode(),
    "lightgbm's first line": lambda m: b"tree\n" + pickled(m),
    "lightgbm's head": lambda m: b"tree\nversion=v4\nnum_class=1\n" + pickled(m),
    "lightgbm's categories": lambda m: b"tree\npandas_categorical:[" + pickled(m) + b"]\n",
    "skops: pickle as schema": lambda m: archive({"schema.json": pickled(m)}),
    "skops: open": lambda m: reduced(m, "io", "open"),
    "skops: os.open": lambda m: reduced(m, "posix", "open"),
    "skops: subprocess": lambda m: reduced(m, "subprocess", "Popen"),
    "skops: eval": lambda m: reduced(m, "builtins", "eval"),
    "skops: partial": partial,
    "skops: method caller": method_caller,
    "skops: object": lambda m: object_of(m, "pathlib", "PosixPath"),
    "skops: code": lambda m: object_of(m, "types", "FunctionType"),
    "skops: array of pickles": array_of_pickles,
    "skops: own function": own_function,
    "skops: poisoned estimator": poisoned_estimator,
    "onnx: tensors outside": onnx_external,
    "onnx: python operator": onnx_python,
    "onnx: undeclared operator": onnx_undeclared,
    "onnx: cached context": onnx_context,
    "onnx: pickle as text": lambda m: onnx_model(
        helper.make_node("Constant", [], ["answer"], value_string=pickled(m))
    ),
}


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


def bundle_of(root: Path, runtime: str, data: bytes) -> str:
    columns = (Column(name="a", kind="number", nullable=True),)
    files = {FILES[runtime]: data}
    manifest = BundleManifest(
        runtime=runtime,  # type: ignore[arg-type]
        signature=Signature(task="regression", target="y", columns=columns),
        files=file_entries(files),
        recipe="r",
        data="d",
    )
    return write_bundle(root, manifest, files)


def test_there_are_forty_of_them():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("runtime", FILES)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line_under_every_name(tmp_path, marker, case, runtime, capfd):
    data = HOSTILE[case](marker)
    bundle = open_bundle(tmp_path, bundle_of(tmp_path, runtime, data))
    with pytest.raises(BundleRefused) as refusal:
        bundle.runtime()
    assert "\n" not in str(refusal.value)
    assert not marker.exists()


@pytest.mark.parametrize("case", HOSTILE)
def test_no_hostile_file_passes_as_an_estimator_to_train(marker, case):
    with pytest.raises(BundleRefused):
        load_trusted(HOSTILE[case](marker))
    assert not marker.exists()


ROWS = pa.table({"a": [1.0, 2.0, 3.0], "y": [0.5, 0.1, 0.2]})


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_not_imported_whatever_it_is_taken_for(marker, case, kind):
    data = HOSTILE[case](marker)
    task = ImportTask(run="r", name="m", kind=kind, digest="d", declared=Declared(target="y"))
    with pytest.raises(EverloopError) as refusal:
        bring_in(task, data, ROWS, lambda *_: None)
    assert isinstance(refusal.value, BundleRefused | InvalidRequest)
    assert "\n" not in str(refusal.value)
    assert not marker.exists()


PARSED = ("onnx:", "skops:", "lightgbm's", "zip in zip")  # what these are shows only when they are read


@pytest.mark.parametrize("case", [case for case in HOSTILE if not case.startswith(PARSED)])
def test_what_plainly_is_no_model_is_refused_before_it_is_parsed(marker, case):
    with pytest.raises(BundleRefused):
        kind_of("model", HOSTILE[case](marker))


@pytest.mark.parametrize("case", ["pickle 0", "pickle 2", "pickle 5", "torch, old"])
def test_the_marker_would_tell(marker, case):
    source = io.BytesIO(HOSTILE[case](marker))
    while not marker.exists():
        pickle.load(source)


def test_the_marker_would_tell_of_joblib_and_numpy(marker):
    joblib.load(io.BytesIO(HOSTILE["joblib"](marker)))
    assert marker.exists()
    marker.rmdir()
    np.load(io.BytesIO(HOSTILE["npy"](marker)), allow_pickle=True)
    assert marker.exists()
