from pathlib import Path

import pytest

from everloop.cli.loop_file import LoopFile, read_loop_file
from everloop.errors import EverloopError, InvalidRequest, NotFound

HEAD = """
import everloop as el
from sklearn.linear_model import LogisticRegression
recipe = el.Recipe(LogisticRegression(), target="Churn", seed=1)
other = el.Recipe(LogisticRegression(), target="Churn", seed=2)
"""


@pytest.fixture
def declared(tmp_path: Path):
    def declared(text: str) -> LoopFile:
        (tmp_path / "loop.py").write_text(HEAD + text)
        return read_loop_file(tmp_path)

    return declared


def test_one_loop_and_several_are_read(declared):
    assert [loop.name for loop in declared("loop = el.Loop('churn', recipe=recipe)").loops] == ["churn"]
    several = "loops = [el.Loop(name, recipe=recipe) for name in ('churn', 'delay')]"
    assert [loop.name for loop in declared(several).loops] == ["churn", "delay"]


@pytest.mark.parametrize(
    ("text", "model", "name", "seed"),
    [
        ("recipes = {'churn': recipe}", "churn", "", 1),
        ("loop = el.Loop('churn', recipe=recipe)", "churn", "", 1),
        ("loop = el.Loop('keeper', model='churn', recipe=recipe)", "churn", "", 1),
        ("loop = el.Loop('keeper', model='churn', recipe=recipe)", "keeper", "", 1),
        ("loop = el.Loop('churn', recipe={'a': recipe, 'b': other})", "churn", "b", 2),
        ("loop = el.Loop('churn', recipe={'churn': recipe, 'b': other})", "churn", "", 1),
    ],
)
def test_a_models_recipe_is_found_in_recipes_or_in_a_loop(declared, text, model, name, seed):
    assert declared(text).recipe_for(model, name).seed == seed


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("recipes = {'delay': recipe}", "", "declares no recipe 'churn'. It declares: 'delay'."),
        (
            "loop = el.Loop('churn', recipe={'a': recipe, 'b': other})",
            "",
            "declares 'a', 'b' for 'churn'. Choose one: everloop train churn --recipe a.",
        ),
        ("loop = el.Loop('churn', recipe={'a': recipe})", "c", "no recipe 'c'"),
    ],
)
def test_a_recipe_that_is_not_there_names_those_that_are(declared, text, name, said):
    with pytest.raises(NotFound) as caught:
        declared(text).recipe_for("churn", name)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "declares neither a loop nor recipes"),
        ("loop = recipe", "a Recipe is no loop"),
        ("loops = el.Loop('churn', recipe=recipe)", "`loops` is a list"),
        ("loops = 'churn'", "`loops` is a list"),
        ("loops = [recipe]", "a Recipe is no loop"),
        ("loops = [el.Loop('churn', recipe=recipe)] * 2", "declares loop 'churn' twice"),
        ("recipes = [recipe]", "`recipes` is a mapping"),
        (
            "recipes = {'churn': LogisticRegression()}",
            "recipe 'churn' is a LogisticRegression, not an el.Recipe",
        ),
        ("loop = el.Lop('churn')", "does not run: AttributeError"),
        ("loop = el.Loop('churn')", "does not run: TypeError"),
        ("gate = el.NoWorse(margn=0.1)", "loop.py, line 6 does not run: TypeError: "),
        ("gate = el.NoWorse(margin=-1)", "loop.py, line 6: margin=-1: it is a number above 0."),
        ("raise SystemError('a\\nb')", "does not run: SystemError"),
    ],
)
def test_a_file_that_declares_nothing_right_says_what_is_wrong(declared, text, said):
    with pytest.raises(InvalidRequest) as caught:
        declared(text)
    assert said in str(caught.value)
    assert "loop.py" in str(caught.value)


def test_a_project_without_the_file_says_what_to_write(tmp_path: Path):
    with pytest.raises(NotFound, match=r"no loop\.py in .* Write `loop = el\.Loop"):
        read_loop_file(tmp_path)


def test_running_it_leaves_nothing_behind(declared, tmp_path: Path):
    with pytest.raises(EverloopError):
        declared("x = 1")
    assert [path.name for path in tmp_path.iterdir()] == ["loop.py"]
