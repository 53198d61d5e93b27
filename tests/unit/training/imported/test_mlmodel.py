import pytest

from everloop.errors import BundleRefused
from everloop.training.imported.mlmodel import read_mlmodel

SKLEARN = """
flavors:
  python_function: {loader_module: mlflow.sklearn, model_path: model.skops}
  sklearn: {pickled_model: model.skops, serialization_format: skops, sklearn_version: 1.9.1}
mlflow_version: 3.17.2
signature:
  inputs: '[{"type": "double", "name": "age"}, {"type": "string", "name": "job", "required": false}]'
  outputs: '[{"type": "long"}]'
"""


def test_the_model_and_its_columns_are_told():
    found = read_mlmodel(SKLEARN.encode())
    assert (found.file, found.columns) == ("model.skops", ("age", "job"))


def test_a_tensor_has_no_column_names():
    inputs = '\'[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]\''
    text = f"flavors:\n  onnx: {{data: model.onnx}}\nsignature:\n  inputs: {inputs}\n"
    assert read_mlmodel(text.encode()).columns == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "flavors:\n  sklearn: {pickled_model: model.pkl, serialization_format: cloudpickle}",
            'serialization_format="skops"',
        ),
        ("flavors:\n  sklearn: {pickled_model: model.pkl}", "stored as pickle"),
        ("flavors:\n  lightgbm: {data: model.pkl}", "booster_"),
        ("flavors:\n  keras: {data: x}\n  python_function: {data: x}", "keras, python_function"),
        ("flavors:\n  onnx: {data: ../../secret.onnx}", "no plain name"),
        ("flavors:\n  onnx: {data: /etc/model.onnx}", "no plain name"),
        ("flavors: !!python/object/apply:os.system [ls]", "cannot be read"),
        ("flavors: &a [*a, *a]", "refers to its own parts"),
        ("a: &a {b: c}\nflavors: {onnx: {<<: [*a, *a]}}", "refers to its own parts"),
        ("[" * 5000, "cannot be read"),
        ("flavors: 3", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_one_line(text, told):
    with pytest.raises(BundleRefused) as refusal:
        read_mlmodel(text.encode())
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)
