"""What commands import: a person waits for it each time, and most of it is needed by the control plane alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from everloop.stores.workspace_folder import create_workspace

HEAVY = {
    "alembic", "deltalake", "duckdb", "lightgbm", "mlflow", "numpy", "onnx", "onnxruntime", "pandas", "pyarrow",
    "pydantic", "scipy", "skl2onnx", "sklearn", "skops", "sqlalchemy", "starlette", "uvicorn",
}  # fmt: skip

COMMAND = """
import json, sys
from everloop.cli.app import app
sys.argv = ["everloop", *sys.argv[1:]]
app(standalone_mode=False)
sys.stderr.write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def imported(folder: Path, *words: str) -> set[str]:
    command = [sys.executable, "-c", COMMAND, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    create_workspace(folder / ".everloop")
    return folder


def test_help_imports_nothing_heavy(workspace):
    assert imported(workspace, "--help") & (HEAVY | {"httpx"}) == set()


def test_commands_that_look_through_a_control_plane_import_nothing_heavy(workspace, up):
    with up(workspace):
        found = {word: imported(workspace, word) & HEAVY for word in ("status", "models", "runs", "events")}
    assert found == {"status": set(), "models": set(), "runs": set(), "events": set()}


def test_a_command_that_looks_in_process_imports_its_stores_alone(workspace):
    found = imported(workspace, "models") & HEAVY
    assert found <= {"sqlalchemy", "deltalake", "pyarrow", "numpy"}
