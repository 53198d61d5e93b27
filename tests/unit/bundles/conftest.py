"""A small bundle whose model is worked out by hand."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from threadpoolctl import threadpool_limits

from everloop.bundles.writer import file_entries, write_bundle
from everloop.records.bundle import BundleManifest
from everloop.records.signature import Column, Signature

Keep = Callable[..., str]


@pytest.fixture
def signature() -> Signature:
    """Two numbers in, one number out."""
    columns = (
        Column(name="a", kind="number", nullable=True),
        Column(name="b", kind="number", nullable=False),
    )
    return Signature(task="regression", target="y", columns=columns)


@pytest.fixture
def linear() -> bytes:
    """An ONNX model that answers 2a + 3b."""
    weights = numpy_helper.from_array(np.array([[2.0], [3.0]], dtype=np.float32), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["rows", "weights"], ["answer"])],
        "linear",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    model: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    data: bytes = model.SerializeToString()
    return data


@pytest.fixture
def keep(tmp_path: Path, signature: Signature) -> Keep:
    """Write a bundle of these files; answers its digest."""

    def keep(files: Mapping[str, bytes], runtime: str = "onnx") -> str:
        manifest = BundleManifest(
            runtime=runtime,  # type: ignore[arg-type]
            signature=signature,
            files=file_entries(files),
            recipe="r" * 64,
            data="d" * 64,
        )
        return write_bundle(tmp_path, manifest, files)

    return keep


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Small fits on many threads wait for one another more than they work."""
    with threadpool_limits(limits=1):
        yield
