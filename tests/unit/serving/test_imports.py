import json
import subprocess
import sys

import pytest

HEAVY = ("pandas", "pyarrow", "sklearn", "sqlalchemy", "lightgbm", "deltalake", "duckdb", "onnx", "skl2onnx", "skops",
         "mlflow", "scipy", "starlette", "uvicorn", "httpx", "alembic")  # fmt: skip
ROOMS = ("serving", "bundles", "ledger", "records", "errors", "settings", "clock", "stores")

IMPORTED = """
import json, sys
import everloop.serving.worker
import everloop.bundles.runtimes.onnx_runtime
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def imported() -> list[str]:
    """The modules of a worker that has loaded an ONNX bundle."""
    told = subprocess.run([sys.executable, "-c", IMPORTED], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def test_a_worker_imports_nothing_that_its_bundle_does_not_need(imported: list[str]):
    modules = {name.partition(".")[0] for name in imported}
    assert modules.isdisjoint(HEAVY)


def test_a_worker_imports_only_the_rooms_of_the_data_plane(imported: list[str]):
    rooms = {name.split(".")[1] for name in imported if name.startswith("everloop.")}
    assert rooms <= set(ROOMS)


def test_of_the_ledger_a_worker_imports_the_capture_log_alone(imported: list[str]):
    parts = {name for name in imported if name.startswith("everloop.ledger.")}
    assert parts <= {f"everloop.ledger.{part}" for part in ("capture", "segment", "frames", "folder")}
