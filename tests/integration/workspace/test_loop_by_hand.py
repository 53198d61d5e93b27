"""The Python of the README: a table becomes a model behind a URL, and every answer and its truth are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import everloop as el
from everloop.errors import BundleRefused, InvalidData, InvalidRequest, NotFound, SchemaMismatch
from everloop.workspace.data_plane import Answer
from everloop.workspace.endpoint import Endpoint
from everloop.workspace.version import Version


@dataclass
class Played:
    ws: el.Workspace
    version: Version
    endpoint: Endpoint
    answer: Answer
    truth: list[str]
    log: list[str]


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame, recipe: el.Recipe, fits_here: None
) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[serving]\nport = 0\nworkers = 1\n[training]\nmlflow = false\n")
    log: list[str] = []
    with el.open(folder) as ws:
        ws.datasets["tumours"].append(rows[:400])
        version = ws.train("tumours", recipe, progress=log.append)
        endpoint = version.deploy("tumours")
        answer = endpoint.predict(rows[400:].drop(columns="kind"))
        truth = rows[400:]["kind"].tolist()
        endpoint.outcomes("kind", answer.ids, truth, source="the clinic")
        yield Played(ws, version, endpoint, answer, truth, log)


def test_every_row_is_answered_with_an_id_of_its_own(played: Played) -> None:
    assert len(played.answer) == len(set(played.answer.ids)) == len(played.truth)
    assert played.answer.variant == "champion"


def test_the_ledger_has_every_answer_and_its_truth(played: Played) -> None:
    joined = played.ws.ledger("tumours").joined()
    assert joined["id"].to_pylist() == list(played.answer.ids)
    assert joined["output"].to_pylist() == list(played.answer.values)
    assert joined["truth"].to_pylist() == played.truth
    assert all(joined["mature"].to_pylist())


def test_the_quality_is_the_share_of_right_answers(played: Played) -> None:
    right = sum(a == t for a, t in zip(played.answer.values, played.truth, strict=True))
    estimate = played.ws.ledger("tumours").quality().estimate
    assert estimate is not None
    assert estimate.value == pytest.approx(right / len(played.truth))
    assert estimate.low < estimate.value < estimate.high


def test_probabilities_stand_in_the_order_of_the_classes_and_add_up_to_one(
    played: Played, rows: pd.DataFrame
) -> None:
    probabilities = played.endpoint.predict(
        rows[400:410].drop(columns="kind"), probabilities=True
    ).probabilities
    assert played.version.record.signature.classes == ("benign", "malignant")
    assert all(sum(p) == pytest.approx(1, abs=1e-5) for p in probabilities)


def test_events_tell_the_story_in_order(played: Played) -> None:
    told = [(e.sequence, e.action) for e in played.ws.events()]
    assert told[:4] == [(1, "append_rows"), (2, "start_run"), (3, "finish_run"), (4, "deploy")]


def test_the_log_of_the_training_is_shown(played: Played) -> None:
    assert any("5 columns" in line for line in played.log)


def test_the_version_knows_its_data_recipe_and_run(played: Played) -> None:
    record = played.version.record
    (run,) = [r for r in played.ws.runs() if r.id == record.run]
    (data,) = played.ws.datasets["tumours"].log()
    assert (run.state, run.bundle, run.recipe) == ("finished", record.bundle, record.recipe)
    assert (record.dataset_version, record.data_digest) == (data.number, data.digest)


def test_the_same_recipe_on_the_same_data_gives_the_same_bundle(played: Played, recipe: el.Recipe) -> None:
    again = played.ws.train("tumours", recipe, dataset_version=1)
    assert again.record.number > played.version.record.number
    assert again.record.bundle == played.version.record.bundle


def test_a_row_that_does_not_fit_names_row_and_column_and_is_not_kept(
    played: Played, rows: pd.DataFrame
) -> None:
    before = played.ws.ledger("tumours").predictions().num_rows
    wrong = rows[:3].drop(columns="kind").to_dict("records")
    wrong[1]["mean_area"] = "large"
    with pytest.raises(InvalidData, match=r"mean_area"):
        played.endpoint.predict(wrong)
    assert played.ws.ledger("tumours").predictions().num_rows == before


def test_a_wrong_table_is_refused_whole(played: Played, rows: pd.DataFrame) -> None:
    with pytest.raises(SchemaMismatch, match="mean_area"):
        played.ws.datasets["tumours"].append(rows[:5].astype({"mean_area": str}).assign(mean_area="large"))
    assert len(played.ws.datasets["tumours"].log()) == 1


def test_an_unknown_endpoint_says_which_there_are(played: Played, rows: pd.DataFrame) -> None:
    with pytest.raises(NotFound, match="tumours"):
        played.ws.endpoint("nobody").status()
    with pytest.raises(NotFound):
        played.ws.endpoint("nobody").predict(rows[:1].drop(columns="kind"))


def test_ids_and_values_must_be_as_many(played: Played) -> None:
    with pytest.raises(InvalidRequest, match="1 ids and 2 values"):
        played.endpoint.outcomes("kind", ["a"], ["benign", "benign"])


def test_rows_of_any_kind_give_the_same_answers(played: Played, rows: pd.DataFrame, tmp_path: Path) -> None:
    import polars

    asked = rows[400:405].drop(columns="kind")
    asked.to_csv(tmp_path / "rows.csv", index=False)
    forms = [
        asked,
        polars.from_pandas(asked),
        pa.Table.from_pandas(asked, preserve_index=False),
        asked.to_dict("records"),
        tmp_path / "rows.csv",
    ]
    answers = [played.endpoint.predict(form).values for form in forms]
    assert all(values == played.answer.values[:5] for values in answers)


def test_a_flipped_byte_is_refused_and_the_old_version_keeps_serving(
    played: Played, rows: pd.DataFrame, recipe: el.Recipe
) -> None:
    other = el.Recipe(recipe.estimator, target=recipe.target, seed=8)
    successor = played.ws.train("tumours", other)
    (model,) = (played.ws.folder / ".everloop/bundles" / successor.record.bundle).glob("model.*")
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.chmod(0o600)
    model.write_bytes(data)
    with pytest.raises(BundleRefused, match="was changed"):
        successor.deploy("tumours", override="it is newer")
    assert played.endpoint.status().champion == "tumours@1"
    assert played.endpoint.predict(rows[400:402].drop(columns="kind")).values == played.answer.values[:2]
