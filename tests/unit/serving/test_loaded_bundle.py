import json

import numpy as np
import pytest

from everloop.errors import BundleRefused
from everloop.records.signature import Column
from everloop.serving.decoding import Decoded
from everloop.serving.loaded_bundle import example
from everloop.testing.linear_bundle import linear_bundle, numbers

WEIGHTS = [[0.5, -1.25, 3.0], [1.0, 2.0, -0.5], [0.0, 0.25, 0.125]]


@pytest.mark.parametrize("count", [1, 2, 7, 64, 128, 129, 500])
def test_bound_and_unbound_batches_answer_as_numpy_does(kit, count: int):
    bundle = kit.load(linear_bundle(kit.folder, numbers(*"abc"), WEIGHTS[:1]))
    rows = np.random.default_rng(count).normal(size=(count, 3)).astype(np.float32)
    body = json.dumps(
        {"instances": [dict(zip("abc", map(float, row), strict=True)) for row in rows]}
    ).encode()
    output = bundle.infer(bundle.decode(body))
    assert output.shape == (count,)
    assert output == pytest.approx(rows @ np.array(WEIGHTS[0], dtype=np.float32), rel=1e-5, abs=1e-5)


def test_a_row_answers_the_same_alone_and_in_company(kit):
    bundle = kit.load(linear_bundle(kit.folder, numbers(*"abc"), WEIGHTS, classes=("x", "y", "z")))
    rows = np.random.default_rng(0).normal(size=(50, 3))
    requests = [
        bundle.decode(json.dumps({"instances": [dict(zip("abc", row, strict=True))]}).encode())
        for row in rows
    ]
    together = bundle.infer(Decoded.joined(requests)).copy()
    alone = np.concatenate([bundle.infer(request).copy() for request in requests])
    assert np.array_equal(together, alone)


def test_the_columns_layout_takes_texts(kit):
    columns = (
        *numbers("a", nullable=False),
        Column(name="c", kind="category", nullable=True, categories=("p", "q", "")),
    )
    bundle = kit.load(linear_bundle(kit.folder, columns, [[2.0, 10.0]], layout="columns"))
    body = b'{"instances":[{"a":1,"c":"q"},{"a":1,"c":"unseen"},{"a":2.5},{"a":0,"c":"p"}]}'
    assert bundle.infer(bundle.decode(body)).tolist() == [12.0, -8.0, 25.0, 0.0]


@pytest.mark.parametrize(
    ("classes", "texts"),
    [(("no", "yes"), [b'"yes"']), ((0, 1), [b"1"]), ((False, True), [b"true"]), ((0.5, 1.5), [b"1.5"])],
)
def test_labels_keep_their_type_in_json(kit, classes: tuple, texts: list):
    bundle = kit.load(linear_bundle(kit.folder, numbers("a"), [[0], [1]], classes=classes))
    assert bundle.texts([[0.25, 0.75]]) == texts


def test_of_equal_probabilities_the_first_class_wins_as_in_numpy(kit):
    bundle = kit.load(linear_bundle(kit.folder, numbers("a"), [[0], [1]], classes=("p", "q")))
    assert bundle.texts([[0.5, 0.5]]) == [b'"p"']


def test_a_regressions_answer_reads_back_as_the_same_float32(kit):
    bundle = kit.load(linear_bundle(kit.folder, numbers("a"), [[0.1]]))
    output = bundle.infer(bundle.decode(b'{"instances":[{"a":3}]}'))
    (text,) = bundle.texts(output.tolist())
    assert np.float32(json.loads(text)) == output[0]


def test_a_model_with_another_number_of_classes_is_refused_before_it_serves(kit):
    digest = linear_bundle(kit.folder, numbers("a"), [[0], [1], [2]], classes=("p", "q"))
    with pytest.raises(BundleRefused, match="its model fails"):
        kit.load(digest)


def test_the_example_fits_its_own_signature(kit):
    columns = (
        *numbers("a"),
        Column(name="b", kind="boolean", nullable=False),
        Column(name="c", kind="category", nullable=False, categories=("p",)),
    )
    bundle = kit.load(linear_bundle(kit.folder, columns, [[1, 1, 1]]))
    assert bundle.decode(json.dumps({"instances": [example(bundle.signature)]}).encode()).rows == 1
