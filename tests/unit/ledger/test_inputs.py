import pyarrow as pa
import pytest

from everloop.ledger.inputs import cells_of, inputs_of, sent
from everloop.records.signature import Column, Signature

ROWS = pa.table(
    {
        "id": ["a", "b", "c"],
        "number.size": [1.0, None, 3.0],
        "ignored.size": [None, "2.5", None],
        "category.colour": ["red", None, "blue"],
        "ignored.member": ["true", "false", '"x"'],
        "ignored.count": ["12", "-1e3", "many"],
        "output.number": [1.0, 1.0, 1.0],
    }
)


def column(name, kind):
    return Column(name=name, kind=kind, nullable=True, categories=("red",) if kind == "category" else ())


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("size", "number", [1.0, 2.5, 3.0]),  # captured by one model, ignored by another
        ("colour", "category", ["red", None, "blue"]),
        ("member", "boolean", [True, False, None]),
        ("member", "category", ["true", "false", '"x"']),
        ("count", "number", [12.0, -1000.0, None]),
        ("colour", "number", [None, None, None]),  # such a request would have been refused
        ("absent", "number", [None, None, None]),
    ],
)
def test_an_input_is_read_as_the_model_takes_it(name, kind, expected):
    assert cells_of(ROWS, column(name, kind)).to_pylist() == expected


def test_the_inputs_of_a_signature_are_named_as_its_columns():
    signature = Signature(task="regression", target="y", columns=(column("size", "number"),))
    assert inputs_of(ROWS, signature).to_pydict() == {"size": [1.0, 2.5, 3.0]}


def test_what_requests_brought_is_counted_by_name_over_all_kinds():
    assert sent(ROWS) == {"size": 3, "colour": 2, "member": 3, "count": 3}
