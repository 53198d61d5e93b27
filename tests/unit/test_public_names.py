"""The public surface is a list, and importing it costs next to nothing."""

import subprocess
import sys

import pytest

import everloop

PUBLIC = [
    *("AfterOutcomes", "AllAtOnce", "BeatsBaseline", "BeatsDecisions", "Canary", "EverloopError", "Every"),
    *("LatencyBudget", "Linear", "Loop", "NoWorse", "NoWorseSlices", "OnDrift", "Recipe", "SizeBudget"),
    *("Contrast", "DroppedOutcomes", "LateOutcomes", "Missing", "Rotation", "Shift", "Unknown"),
    *("Target", "Workspace", "__version__", "connect", "open"),
]
HEAVY = {"lightgbm", "mlflow", "numpy", "onnx", "onnxruntime", "pandas", "pyarrow", "sklearn", "sqlalchemy"}
IMPORT_S, HELP_S = 0.15, 0.5


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def _seconds_beyond_python(*arguments: str) -> float:
    """CPU time of a process, less that of a bare Python; the best of three, since other work disturbs."""
    probe = (
        "import os, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "t = os.times(); print(t.children_user + t.children_system)"
    )

    def best(*command: str) -> float:
        return min(float(_run("-c", probe, sys.executable, *command)) for _ in range(3))

    return best(*arguments) - best("-c", "pass")


def test_the_public_names_are_these():
    assert sorted(everloop.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_bound_and_says_what_it_is(name):
    value = getattr(everloop, name)
    assert value if name == "__version__" else value.__doc__


def test_nothing_else_is_bound_beside_submodules():
    code = "import everloop; print(*[n for n, v in vars(everloop).items() if n[0] != '_'])"
    assert set(_run("-c", code).split()) == {"TYPE_CHECKING", "import_module"}


def test_what_is_listed_is_what_dir_shows():
    assert sorted(dir(everloop)) == sorted(everloop.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = everloop.nothing


@pytest.mark.parametrize("module", ["everloop", "everloop.errors", "everloop.cli.app"])
def test_importing_brings_in_nothing_heavy(module):
    loaded = set(_run("-c", f"import sys, {module}; print(*sys.modules)").split())
    assert loaded & HEAVY == set()


def test_opening_a_workspace_imports_neither_pandas_nor_what_trains():
    loaded = set(_run("-c", "import sys, everloop; everloop.open; print(*sys.modules)").split())
    assert loaded & {"lightgbm", "mlflow", "onnx", "onnxruntime", "pandas", "sklearn"} == set()


def test_importing_everloop_is_quick():
    assert _seconds_beyond_python("-c", "import everloop") < IMPORT_S


def test_help_answers_quickly():
    assert _seconds_beyond_python("-m", "everloop.cli.app", "--help") < HELP_S
