"""Dependencies point one way, and the worker can be installed with little of the rest."""

from pathlib import Path

import grimp
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
WORKERS = ("serving.", "bundles.", "records.")  # what a worker may import, whole
WORKERS_PARTS = {  # and of other rooms, these alone
    "ledger.capture",
    "ledger.folder",
    "ledger.frames",
    "ledger.segment",
    "stores.layout",
    "errors",
    "settings",
    "clock",
}
CONTROLS = ("serving.supervisor", "serving.status")  # of serving, but not the worker's


def test_the_layers_hold(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0, (
        capsys.readouterr().out
    )


def test_the_worker_imports_only_serving_bundles_the_capture_log_records_and_the_ground():
    graph = grimp.build_graph("everloop", cache_dir=None)
    imported = {m.removeprefix("everloop.") for m in graph.find_upstream_modules("everloop.serving.worker")}
    beyond = {m for m in imported if not m.startswith(WORKERS) and m not in WORKERS_PARTS}
    assert beyond | {m for m in imported if m.startswith(CONTROLS)} == set()
