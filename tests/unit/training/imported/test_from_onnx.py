import numpy as np
import onnx
import pandas as pd
import pyarrow as pa
import pytest
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from everloop.bundles.encoding import encode
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.errors import BundleRefused, InvalidRequest
from everloop.training.imported.from_onnx import from_onnx
from everloop.training.imported.task import Declared

KIND = Declared(target="kind")


def answers(made, rows) -> np.ndarray:
    """What the bundle's file answers, loaded as a worker does."""
    return OnnxRuntime(made.files["model.onnx"], made.signature).predict(encode(made.signature, rows))


def graph_of(nodes, outputs, *, inputs=None, constants=(), opset=17) -> bytes:
    inputs = inputs or [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])]
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return model.SerializeToString()


def out(name, width, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, ["n", width])


PAIRS = pa.table({"a": [1.0, -2.0, 0.5], "b": [0.0, 1.0, 3.0], "y": ["no", "yes", "no"]})


@pytest.mark.parametrize(
    ("zipmap", "kind"), [(True, np.float32), (False, np.float32), (False, np.float64)], ids=str
)
def test_a_classifier_answers_as_scikit_learn_does(classifier, rows, tumours, zipmap, kind):
    x = tumours.drop(columns="kind").to_numpy().astype(kind)
    data = to_onnx(classifier, x[:1], options={"zipmap": zipmap}).SerializeToString()
    made = from_onnx(data, KIND, rows)
    assert answers(made, rows) == pytest.approx(classifier.predict_proba(x), abs=1e-4)
    assert made.signature.classes == ("benign", "malignant")
    assert [c.name for c in made.signature.columns] == list(tumours.columns[:6])
    assert made.parity is not None
    assert made.parity.rows == 2 * len(rows)


def test_an_output_a_class_has_no_one_answer(classifier, rows, tumours):
    x = tumours.drop(columns="kind").to_numpy()[:1]
    data = to_onnx(classifier, x, options={"zipmap": "columns"}).SerializeToString()
    with pytest.raises(InvalidRequest, match="--output"):
        from_onnx(data, KIND, rows)


def test_a_regression_answers_as_scikit_learn_does(regressor):
    from sklearn.datasets import load_diabetes

    data = load_diabetes(as_frame=True)
    table = pa.Table.from_pandas(data.frame, preserve_index=False)
    made = from_onnx(
        to_onnx(regressor, data.data.to_numpy(np.float32)[:1]).SerializeToString(),
        Declared(target="target"),
        table,
    )
    assert made.signature.task == "regression"
    assert answers(made, table) == pytest.approx(regressor.predict(data.data.to_numpy()), rel=1e-4)


def test_an_input_a_column_needs_no_rows_to_be_named():
    frame = pd.DataFrame({"age": np.float32([20, 60, 40, 70]), "job": ["cook", "smith", "cook", "baker"]})
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["job"]), remainder="passthrough"),
        LogisticRegression(),
    ).fit(frame, ["no", "yes", "no", "yes"])
    made = from_onnx(to_onnx(model, frame[:1]).SerializeToString(), Declared(target="left"), None)
    assert [(c.name, c.kind) for c in made.signature.columns] == [("age", "number"), ("job", "category")]
    assert made.parity is None
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    assert answers(made, rows) == pytest.approx(model.predict_proba(frame), abs=1e-5)


def test_whole_numbers_several_a_input_and_a_plane_of_pixels_are_made_of_columns():
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", 2]),
        helper.make_tensor_value_info("plane", TensorProto.FLOAT, ["n", 1, 2, 2]),
    ]
    nodes = [
        helper.make_node("Cast", ["ids"], ["i"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["i", "axis"], ["left"], keepdims=1),
        helper.make_node("Flatten", ["plane"], ["flat"]),
        helper.make_node("ReduceMax", ["flat"], ["right"], axes=[1], keepdims=1),
        helper.make_node("Add", ["left", "right"], ["sum"]),
    ]
    axis = numpy_helper.from_array(np.array([1]), "axis")
    data = graph_of(nodes, [out("sum", 1)], inputs=inputs, constants=[axis])
    table = pa.table({name: [float(n), n + 1.0] for n, name in enumerate("abcdef")})
    made = from_onnx(data, Declared(target="y"), table)
    assert made.signature.layout == "columns"
    assert answers(made, table) == pytest.approx([0 + 1 + 5, 1 + 2 + 6])


@pytest.mark.parametrize("width", [1, 2])
def test_scores_become_probabilities_where_a_person_says_so(width):
    weights = np.float32([[1.0], [2.0]]) if width == 1 else np.float32([[1.0, 0.0], [0.0, 2.0]])
    data = graph_of(
        [helper.make_node("MatMul", ["x", "w"], ["logits"])],
        [out("logits", width)],
        constants=[numpy_helper.from_array(weights, "w")],
    )
    made = from_onnx(data, Declared(target="y", classes=("no", "yes"), logits=True), PAIRS)
    x = np.column_stack([PAIRS["a"], PAIRS["b"]])
    scores = x @ weights
    second = 1 / (1 + np.exp(-scores[:, 0])) if width == 1 else 1 / (1 + np.exp(scores[:, 0] - scores[:, 1]))
    assert answers(made, PAIRS)[:, 1] == pytest.approx(second, abs=1e-6)
    with pytest.raises(BundleRefused, match="--logits"):
        from_onnx(data, Declared(target="y", classes=("no", "yes")), PAIRS)


def test_one_probability_is_that_of_the_second_class():
    data = graph_of(
        [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("ReduceMean", ["s"], ["p"], axes=[1])],
        [out("p", 1)],
    )
    made = from_onnx(data, Declared(target="y", classes=("no", "yes")), PAIRS)
    assert answers(made, PAIRS).sum(axis=1) == pytest.approx([1, 1, 1])
    assert from_onnx(data, Declared(target="z"), PAIRS.drop_columns(["y"])).signature.task == "regression"


def test_outputs_that_several_could_be_are_asked_for():
    nodes = [helper.make_node("Relu", ["x"], ["up"]), helper.make_node("Neg", ["x"], ["down"])]
    data = graph_of(nodes, [out("up", 2), out("down", 2)])
    declared = Declared(target="y", classes=("no", "yes"))
    with pytest.raises(InvalidRequest, match=r"up, down\. Say which: --output"):
        from_onnx(data, declared, PAIRS)
    with pytest.raises(InvalidRequest, match="'sideways'"):
        from_onnx(data, Declared(target="y", output="sideways"), PAIRS)


@pytest.mark.parametrize(
    ("declared", "rows", "told"),
    [
        (Declared(target="y"), None, "--like"),
        (Declared(target="y", features=("a",)), PAIRS, "--features"),
        (Declared(target="y", features=("a", "c")), PAIRS, "no column 'c'"),
        (Declared(target="nothing"), PAIRS, "2 columns, and there are 3 beside the target: a, b, y"),
        (Declared(target="y"), PAIRS, "--classes"),
        (Declared(target="y", classes=("no", "yes", "perhaps")), PAIRS, "2 classes, and 3 are named"),
        (Declared(target="y", classes=("in", "out")), PAIRS, "the truths in the rows 'no', 'yes'"),
    ],
)
def test_what_the_file_does_not_say_is_asked_for_in_one_line(declared, rows, told):
    data = graph_of([helper.make_node("Softmax", ["x"], ["p"], axis=1)], [out("p", 2)])
    with pytest.raises(InvalidRequest) as refusal:
        from_onnx(data, declared, rows)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_text_column_is_given_as_codes_and_that_is_told():
    data = graph_of([helper.make_node("Softmax", ["x"], ["p"], axis=1)], [out("p", 2)])
    table = pa.table({"size": ["small", "large", "small"], "b": [1.0, 2.0, 3.0], "y": ["no", "yes", "no"]})
    made = from_onnx(data, Declared(target="y", classes=("no", "yes")), table)
    assert made.signature.columns[0].categories == ("large", "small")
    assert "of 'size' 0 is 'large', 1 is 'small'" in made.notes[0]


@pytest.mark.parametrize(
    ("shape", "told"),
    [([1, 2], "fixed number of rows"), (["n", "m"], "how many columns"), ([], "fixed number of rows")],
)
def test_an_input_that_is_no_table_is_refused(shape, told):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    data = graph_of(
        [helper.make_node("Relu", ["x"], ["y"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        inputs=inputs,
    )
    with pytest.raises(BundleRefused, match=told):
        from_onnx(data, Declared(target="y"), None)


def test_tensors_in_other_files_are_refused_with_the_way_out():
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[2, 1], data_location=TensorProto.EXTERNAL
    )
    tensor.external_data.add(key="location", value="weights.bin")
    data = graph_of([helper.make_node("MatMul", ["x", "w"], ["y"])], [out("y", 1)], constants=[tensor])
    with pytest.raises(BundleRefused, match=r"onnx\.save"):
        from_onnx(data, Declared(target="y"), PAIRS)


def test_equal_files_give_equal_bundles(classifier, rows, tumours):
    data = to_onnx(classifier, tumours.drop(columns="kind").to_numpy()[:1]).SerializeToString()
    assert from_onnx(data, KIND, rows).files == from_onnx(data, KIND, rows).files


def test_what_the_answer_does_not_need_is_left_out(classifier, rows, tumours):
    data = to_onnx(classifier, tumours.drop(columns="kind").to_numpy()[:1]).SerializeToString()
    kept = onnx.load_model_from_string(from_onnx(data, KIND, rows).files["model.onnx"])
    assert not {"ZipMap", "ArrayFeatureExtractor"} & {node.op_type for node in kept.graph.node}
    assert len(kept.graph.output) == 1
