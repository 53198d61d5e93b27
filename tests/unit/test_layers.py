"""Dependencies point one way, and the worker can be installed with little of the rest."""

import re
import tomllib
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
    "stores.durable",
    "stores.layout",
    "stores.workspace_clock",
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


def test_the_architecture_page_draws_the_layers_that_are_held():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    held = [layer.replace("everloop.", "") for layer in contracts["contracts"][0]["layers"]]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.search(r"^`cli` >.*?`errors`", page, re.MULTILINE | re.DOTALL)
    assert drawn is not None
    assert re.findall(r"`([^`]+)`", drawn[0]) == held
