"""Histogram gradient boosting trees from a file: their indices must point into the trees and the rows.

scikit-learn follows them without looking, in compiled code, so a crafted file could make it read anywhere.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from everloop.errors import BundleRefused

DEEPEST = 100


def refuse_wild_trees(estimator: object) -> None:
    """Raise BundleRefused if a tree within `estimator` points outside itself, backwards, or outside a row."""
    for width, tree in _trees(estimator, 0, set(), 0):
        nodes = tree.nodes
        inner = nodes[nodes["is_leaf"] == 0]
        own = np.flatnonzero(nodes["is_leaf"] == 0)
        children = np.concatenate([inner["left"], inner["right"]]).astype(np.int64)
        forward = np.all(children > np.concatenate([own, own])) and np.all(children < len(nodes))
        features = inner["feature_idx"].astype(np.int64)
        inside = np.all((features >= 0) & (features < width))
        bitsets = inner[inner["is_categorical"] != 0]["bitset_idx"].astype(np.int64)
        known = np.all(bitsets < len(tree.raw_left_cat_bitsets))
        if len(nodes) == 0 or not (forward and inside and known):
            raise BundleRefused("A tree in the skops file points outside itself or outside its rows.")


def _trees(thing: Any, width: int, seen: set[int], depth: int) -> Iterator[tuple[int, Any]]:  # noqa: ANN401
    """Every such tree, with the number of columns that its owner checks rows for."""
    if depth > DEEPEST or id(thing) in seen or isinstance(thing, str | bytes | int | float | None):
        return
    seen.add(id(thing))
    if type(thing).__name__ == "TreePredictor":
        yield width, thing
        return
    for part in _within(thing):
        yield from _trees(part, getattr(thing, "__dict__", {}).get("n_features_in_", width), seen, depth + 1)


def _within(thing: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(thing, np.ndarray):
        return thing.ravel().tolist() if thing.dtype.hasobject else []
    if isinstance(thing, list | tuple | set):
        return list(thing)
    if isinstance(thing, dict):
        return list(thing.values())
    return list(getattr(thing, "__dict__", {}).values())
