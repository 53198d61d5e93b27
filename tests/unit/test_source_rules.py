"""What no file of ours may say: nothing here loads code as data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import everloop

SOURCE = Path(everloop.__file__).parent
MODULES = {
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "torch",
    "yaml",
}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {"extractall", "unsafe_load", "full_load", "load_module"}
UNSAFE = {"allow_pickle", "shell"}  # keywords that must not be true


def offences(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name.split(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in MODULES:
                yield module
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield name
            case ast.Attribute(attr=name) if name in METHODS:
                yield name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
                yield f"{module}.{name}"
            case ast.keyword(arg=str(name), value=ast.Constant(value=True)) if name in UNSAFE:
                yield f"{name}=True"


FILES = sorted(SOURCE.rglob("*.py"))


def test_there_are_files_to_look_at():
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_file_loads_code_as_data(path):
    assert list(offences(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "import joblib",
        "from joblib import load",
        "import torch.nn",
        "from yaml import safe_load",
        "def f():\n    import dill",
        "eval('1')",
        "exec(text)",
        "archive.extractall(path)",
        "f = tar.extractall",
        "numpy.load(f, allow_pickle=True)",
        "subprocess.run('ls', shell=True)",
        "sklearn.joblib; joblib.load(f)",
    ],
)
def test_the_rules_find(text):
    assert list(offences(ast.parse(text))) != []


@pytest.mark.parametrize(
    "text", ["re.compile('x')", "numpy.load(f, allow_pickle=False)", "evaluate(x)", "model.load(f)"]
)
def test_the_rules_leave_alone(text):
    assert list(offences(ast.parse(text))) == []
