"""Monitors of a trained model behind a real worker: an unchanged world, then one whose measurements were scaled."""

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import everloop as el
from everloop.actions.queries.monitors import Monitoring
from everloop.cli.app import app

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("project")
    (made / "everloop.toml").write_text(
        "[serving]\nport = 0\nworkers = 1\n[training]\nmlflow = false\n[monitoring]\nwindow_rows = 60\n"
    )
    return made


@pytest.fixture(scope="module")
def ws(folder: Path, rows: pd.DataFrame, recipe: el.Recipe, fits_here: None) -> Iterator[el.Workspace]:
    shuffled = rows.sample(frac=1, random_state=3)
    with el.open(folder) as workspace:
        workspace.datasets["tumours"].append(shuffled[:400])
        endpoint = workspace.train("tumours", recipe).deploy("tumours")
        answer = endpoint.predict(shuffled[400:530].drop(columns="kind"))
        endpoint.outcomes("kind", answer.ids, shuffled[400:530]["kind"].tolist())
        yield workspace


def _looked(ws: el.Workspace, windows: int) -> Monitoring:
    deadline = time.monotonic() + PATIENCE_S
    while (found := ws.endpoint("tumours").monitor()).windows < windows:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)  # a row waits a second before it is looked at
    return found


def test_an_unchanged_world_is_compared_and_raises_nothing(ws: el.Workspace) -> None:
    found = _looked(ws, 2)
    assert found.inputs is not None
    assert {m.subject for m in found.inputs.found} >= {"mean_radius", "answers"}
    assert found.outcomes is not None
    assert found.outcomes.found[0].verdict.verdict != "fail"
    assert found.alerts == ()


def test_a_moved_world_raises_alerts_that_commands_show(
    ws: el.Workspace, folder: Path, rows: pd.DataFrame
) -> None:
    moved = rows.drop(columns="kind").sample(120, random_state=5)
    ws.endpoint("tumours").predict(moved.assign(mean_radius=moved["mean_radius"] * 1.6))
    found = _looked(ws, 4)
    assert "mean_radius" in {a.subject for a in found.alerts if a.monitor == "drift"}
    run = CliRunner().invoke
    assert "mean_radius" in run(app, ["alerts", "tumours", "--folder", str(folder)]).output
    shown = run(app, ["monitor", "tumours", "--folder", str(folder), "--all"]).output
    assert "window 4 of answers" in shown
    assert "fail" in shown
    assert (
        ws.endpoint("tumours").alerts()[0].id
        in run(app, ["alerts", "--json", "--folder", str(folder)]).output
    )


def test_without_an_audit_the_command_says_how_to_declare_one(folder: Path, ws: el.Workspace) -> None:
    failed = CliRunner().invoke(app, ["audit", "tumours", "--folder", str(folder)])
    assert "audit=0.05" in str(failed.exception)
