import re

import lightgbm
import numpy as np
import pytest

from everloop.errors import BundleRefused
from everloop.training.imported.lightgbm_text import checked


@pytest.fixture(scope="module")
def text() -> str:
    chance = np.random.default_rng(0)
    x = np.column_stack([chance.normal(size=(400, 2)), chance.integers(0, 5, 400)])
    y = (x[:, 0] + (x[:, 2] == 3) > 0).astype(int)
    settings = {
        "objective": "binary",
        "verbose": -1,
        "num_leaves": 6,
        "num_threads": 1,
        "min_data_per_group": 5,
    }
    return lightgbm.train(settings, lightgbm.Dataset(x, y, categorical_feature=[2]), 4).model_to_string()


def changed(text: str, name: str, change) -> str:
    """The first line of that name that has two values or more, with its values changed."""
    line = next(m for m in re.finditer(rf"^{name}=(.+)$", text, re.M) if len(m[1].split()) > 1)
    values = change(line[1].split())
    return text[: line.start(1)] + " ".join(map(str, values)) + text[line.end(1) :]


def test_what_lightgbm_writes_is_sound(text):
    head = checked(text)
    assert (head.objective, head.classes, head.names) == ("binary", 1, ("Column_0", "Column_1", "Column_2"))
    assert "cat_threshold" in text


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("split_feature", lambda v: [3, *v[1:]]),
        ("split_feature", lambda v: [-1, *v[1:]]),
        ("left_child", lambda v: [0, *v[1:]]),
        ("left_child", lambda v: [999, *v[1:]]),
        ("right_child", lambda v: [-999, *v[1:]]),
        ("right_child", lambda v: v[:-1]),
        ("leaf_value", lambda v: v[:-1]),
        ("threshold", lambda v: v[1:]),
        ("cat_boundaries", lambda v: [0, 999]),
        ("cat_boundaries", lambda v: [*v[:-1], 0]),
        ("decision_type", lambda v: [1] * len(v)),
        ("split_feature", lambda v: ["many"] * len(v)),
    ],
)
def test_a_tree_that_points_outside_itself_is_refused(text, name, change):
    with pytest.raises(BundleRefused, match="not a sound LightGBM model"):
        checked(changed(text, name, change))


@pytest.mark.parametrize(
    "text",
    [
        "tree\n",
        "tree\nmax_feature_idx=1\n",
        "tree\nmax_feature_idx=0\nfeature_names=a\nnum_tree_per_iteration=1\n",
    ],
)
def test_half_a_file_is_refused(text):
    with pytest.raises(BundleRefused):
        checked(text)
