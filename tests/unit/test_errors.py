"""Errors are one tree, drawn at the top of the module; each says one line, and what to do."""

import re

import pytest

from everloop import errors
from everloop.errors import EverloopError

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
}


def _drawn() -> dict[str, str]:
    """Each class of the drawing with the class that it hangs from."""
    parents: dict[int, str] = {}
    tree = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)([A-Z]\w+)(?:\s|$)", line)
        if found and (found[1] or not tree) and found[2] in CLASSES:
            depth = len(found[1]) // 4
            parents[depth] = found[2]
            tree[found[2]] = parents[depth - 1] if depth else "Exception"
    return tree


def test_the_drawing_is_the_tree():
    assert _drawn() == {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()}


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_without_words_an_error_says_what_it_is_in_one_line(kind):
    text = str(kind())
    assert text == (kind.__doc__ or "").strip().splitlines()[0]
    assert text.endswith(".")


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_an_error_is_told_to_programs_by_a_code_and_a_status(kind):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind().code)
    assert 400 <= kind.status < 600


def test_codes_are_all_different():
    assert len({kind().code for kind in CLASSES.values()}) == len(CLASSES)


def test_the_remedy_follows_what_happened():
    error = EverloopError("The disk is full.", remedy="Make room.")
    assert str(error) == "The disk is full. Make room."
    assert (error.message, error.remedy) == ("The disk is full.", "Make room.")


def test_a_code_is_the_name_in_small_letters():
    assert errors.SchemaMismatch().code == "schema-mismatch"
