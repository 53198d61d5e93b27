import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from everloop.bundles.onnx_safety import refuse_unsafe
from everloop.errors import BundleRefused


def model(nodes=None, initializers=(), opsets=None, functions=()) -> onnx.ModelProto:
    nodes = nodes or [helper.make_node("Identity", ["rows"], ["answer"])]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 2])],
        list(initializers),
    )
    return helper.make_model(
        graph, opset_imports=opsets or [helper.make_opsetid("", 17)], functions=list(functions), ir_version=8
    )


def outside(location: str) -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(4, dtype=np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def test_a_plain_model_passes():
    refuse_unsafe(model().SerializeToString())


def test_standard_machine_learning_operators_pass():
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    refuse_unsafe(model(opsets=opsets).SerializeToString())


def test_a_category_called_location_passes():
    node = helper.make_node("Constant", [], ["c"], value_strings=[b"location", b"elsewhere"])
    identity = helper.make_node("Identity", ["rows"], ["answer"])
    refuse_unsafe(model([node, identity]).SerializeToString())


@pytest.mark.parametrize("location", ["weights.bin", "../../../etc/passwd", "/etc/passwd"])
def test_tensors_outside_the_model_are_refused(location):
    with pytest.raises(BundleRefused, match="other files"):
        refuse_unsafe(model(initializers=[outside(location)]).SerializeToString())


def test_a_tensor_outside_the_model_is_refused_deep_in_a_branch():
    constant = helper.make_node("Constant", [], ["x"], value=outside("weights.bin"))
    branch = helper.make_graph([constant], "b", [], [helper.make_tensor_value_info("x", 1, [4])])
    node = helper.make_node("If", ["flag"], ["answer"], then_branch=branch, else_branch=branch)
    with pytest.raises(BundleRefused, match="other files"):
        refuse_unsafe(model([node]).SerializeToString())


@pytest.mark.parametrize(
    "domain", ["com.evil", "com.microsoft", "ai.onnx.contrib", "ai.onnx.preview.training"]
)
def test_operators_of_other_domains_are_refused(domain):
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)]
    with pytest.raises(BundleRefused, match=f"operators of '{domain}'"):
        refuse_unsafe(model(opsets=opsets).SerializeToString())


def test_functions_of_the_models_own_are_refused():
    function = helper.make_function(
        "", "F", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    with pytest.raises(BundleRefused, match="functions"):
        refuse_unsafe(model(functions=[function]).SerializeToString())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ORTM",
        b"\x00\x00\x00\x00ORTM",
        b"\x80\x04cos\nsystem\n.",
        b"PK\x03\x04",
        b"tree\nversion=v4\n",
        b"\xff" * 99,
    ],
)
def test_what_is_no_model_is_refused(data):
    with pytest.raises(BundleRefused, match="not an ONNX model"):
        refuse_unsafe(data)


def test_a_cut_model_is_refused_or_names_its_operators():
    whole = model().SerializeToString()
    for end in range(len(whole)):
        try:
            refuse_unsafe(whole[:end])
        except BundleRefused:
            continue
