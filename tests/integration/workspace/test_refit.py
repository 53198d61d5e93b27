"""Wrong rows are marked suspect and the recipe is fitted again: equal rows give an equal model."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

import everloop as el
from everloop.errors import InvalidData, RecipeRefused
from everloop.records.run import Run
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.workspace.version import Version


@dataclass
class Played:
    ws: el.Workspace
    first: Version
    misled: Version
    again: Version
    log: list[str]


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame, recipe: el.Recipe, fits_here: None
) -> Iterator[Played]:
    """300 good rows, and 100 of which a broken machine told the wrong kind."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[training]\nmlflow = false\nthreads = 1\n")
    wrong = rows[300:400].assign(
        kind=rows[300:400]["kind"].map({"benign": "malignant", "malignant": "benign"})
    )
    log: list[str] = []
    with el.open(folder) as ws:
        data = ws.datasets["tumours"]
        data.append(rows[:300])
        first = ws.train("tumours", recipe)
        data.append(wrong)
        misled = first.refit()
        data.suspect(2, "a broken machine")
        again = ws.refit("tumours", progress=log.append)
        yield Played(ws, first, misled, again, log)


def run_of(played: Played, version: Version) -> Run:
    return next(run for run in played.ws.runs() if run.id == version.record.run)


def test_a_refit_is_of_the_same_recipe_on_newer_data(played: Played) -> None:
    assert played.misled.record.recipe == played.first.record.recipe
    assert played.misled.record.dataset_version == 2
    assert played.misled.record.bundle != played.first.record.bundle


def test_without_the_suspect_rows_the_model_is_the_first_one_byte_for_byte(played: Played) -> None:
    assert played.again.record.dataset_version == 2
    assert played.again.record.bundle == played.first.record.bundle
    assert played.again.metrics == played.first.metrics


def test_the_run_says_what_was_left_out(played: Played) -> None:
    assert any(
        "100 rows are left out: dataset tumours@2 added them and is suspect" in line for line in played.log
    )
    assert run_of(played, played.again).left_out == (2,)
    assert run_of(played, played.misled).left_out == ()


def test_the_log_shows_the_suspect_version_and_its_digest_stays(played: Played) -> None:
    good, wrong = played.ws.datasets["tumours"].log()
    assert (good.suspect, wrong.suspect) == ("", "a broken machine")
    assert played.ws.datasets["tumours"].read(2).num_rows == 400


def test_where_all_is_suspect_nothing_can_be_learned_until_it_is_cleared(played: Played) -> None:
    data = played.ws.datasets["tumours"]
    data.suspect(1, "all of it")
    try:
        with pytest.raises(InvalidData, match="everloop data suspect tumours@2 --clear"):
            played.first.refit()
    finally:
        assert data.clear(1).suspect == ""


def test_a_version_whose_estimator_is_gone_is_refused_with_a_remedy(played: Played, tmp_path: Path) -> None:
    shutil.copytree(played.ws.folder, tmp_path, dirs_exist_ok=True)
    metadata = SqlMetadata(Layout(tmp_path / ".everloop").metadata)
    with metadata.transaction() as transaction:
        run = transaction.get(Run, played.first.record.run)
        transaction.replace(replace(run, estimator=""))
    metadata.close()
    with el.open(tmp_path) as ws, pytest.raises(RecipeRefused, match="everloop train tumours"):
        ws.version("tumours@1").refit()
