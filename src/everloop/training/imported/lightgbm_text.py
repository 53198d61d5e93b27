"""LightGBM's text form from a stranger: its trees must point into themselves, and into the rows.

LightGBM follows the indices without looking, in compiled code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from everloop.errors import BundleRefused

MOST_TREES = 100_000
CATEGORICAL = 1  # the bit of `decision_type`
END = "end of trees"


@dataclass(frozen=True, slots=True)
class Head:
    """What the file says of itself."""

    objective: str  # its name alone
    classes: int  # numbers that it gives a row
    names: tuple[str, ...]


def checked(text: str) -> Head:
    """The head of a model's text; raises BundleRefused where a tree points outside itself or outside a row."""
    top, *trees = text.partition(f"\n{END}")[0].split("\nTree=")
    values = _values(top)
    try:
        names = tuple(values["feature_names"].split(" "))
        count = int(values["max_feature_idx"]) + 1
        classes = int(values["num_tree_per_iteration"])
        if len(names) != count or not 1 <= classes <= 1000 or not 1 <= len(trees) <= MOST_TREES:
            raise ValueError("its head contradicts itself")
        for tree in trees:
            _check(_values(tree), count)
    except (KeyError, ValueError, IndexError) as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise BundleRefused(f"The file is not a sound LightGBM model ({told}).") from error
    return Head(values.get("objective", "").partition(" ")[0], classes, names)


def _values(lines: str) -> Mapping[str, str]:
    return {name: value for name, sep, value in (line.partition("=") for line in lines.splitlines()) if sep}


def _check(tree: Mapping[str, str], features: int) -> None:
    leaves = int(tree["num_leaves"])
    if tree.get("is_linear", "0").strip() != "0":
        raise ValueError("linear trees are not imported")
    if leaves < 1 or len(tree["leaf_value"].split()) != leaves:
        raise ValueError("a tree without its leaves")
    if leaves == 1:
        return
    left, right = _whole(tree, "left_child"), _whole(tree, "right_child")
    splits, kinds = _whole(tree, "split_feature"), _whole(tree, "decision_type")
    thresholds = [float(value) for value in tree["threshold"].split()]
    if {len(left), len(right), len(splits), len(kinds), len(thresholds)} != {leaves - 1}:
        raise ValueError("a tree whose parts differ in length")
    if not all(0 <= feature < features for feature in splits):
        raise ValueError("a tree reads a column that no row has")
    if sorted(_reached(left, right)) != sorted([*range(1, leaves - 1), *range(-leaves, 0)]):
        raise ValueError("a tree points outside itself")
    _check_categories(tree, kinds, thresholds)


def _reached(left: Sequence[int], right: Sequence[int]) -> Iterator[int]:
    """Every child, once a parent; one that does not lie after its parent would be a way back."""
    for children in (left, right):
        for parent, child in enumerate(children):
            if 0 <= child <= parent:
                raise ValueError("a tree leads back into itself")
            yield child


def _check_categories(tree: Mapping[str, str], kinds: Sequence[int], thresholds: Sequence[float]) -> None:
    wanted = [threshold for kind, threshold in zip(kinds, thresholds, strict=True) if kind & CATEGORICAL]
    count = int(tree.get("num_cat", "0"))
    if not wanted and not count:
        return
    bounds, bits = _whole(tree, "cat_boundaries"), _whole(tree, "cat_threshold")
    rising = bounds[:1] == [0] and all(a <= b for a, b in pairwise(bounds)) and bounds[-1] == len(bits)
    if len(bounds) != count + 1 or not rising or not all(0 <= each < count for each in wanted):
        raise ValueError("a tree's categories point outside itself")


def _whole(tree: Mapping[str, str], name: str) -> list[int]:
    return [int(value) for value in tree[name].split()]
