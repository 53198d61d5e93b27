"""docs/import.md is run in a project, and a folder that MLflow itself saved is imported."""

import re
import shlex
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from typer.testing import CliRunner

import everloop as el
from everloop.cli.app import app
from everloop.errors import BundleRefused, InvalidRequest, RecipeRefused

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
BASH = re.findall(r"^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TOLD = re.findall(r"^```text\neverloop: (.*?)\n```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    data = load_breast_cancer(as_frame=True)
    frame = data.data.iloc[:, :5].rename(columns=lambda name: name.replace(" ", "_"))
    return frame.assign(kind=data.target_names[data.target])


@pytest.fixture(scope="module")
def model(rows):
    x = rows.drop(columns="kind").to_numpy(np.float32)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(x, rows["kind"])


@pytest.fixture(scope="module")
def project(tmp_path_factory, rows, model) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[training]\nmlflow = false\nthreads = 1\n")
    rows.to_csv(folder / "rows.csv", index=False)
    x = rows.drop(columns="kind").to_numpy(np.float32)
    (folder / "model.onnx").write_bytes(to_onnx(model, x[:1]).SerializeToString())
    el.open(folder).close()
    return folder


@pytest.fixture(scope="module")
def told(project) -> list[str]:
    """What the page's commands say, one after the other; then its Python is run."""
    runner, answers = CliRunner(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        for line in "".join(BASH).splitlines():
            answer = runner.invoke(app, shlex.split(line)[1:], catch_exceptions=False)
            assert answer.exit_code == 0, answer.output
            answers.append(answer.output)
        for block in PYTHON:
            exec(block, {})
    return answers


def test_the_commands_of_the_page_do_what_it_says(told):
    imported, deployed, runs, models = told
    assert "it answers as the file does" in imported
    assert "tumours@1 answers at tumours" in deployed
    assert "finished" in runs
    assert re.search(r"tumours@1 +model\.onnx \(\w{12}\)", models)


def test_the_version_says_where_it_came_from(project, told):
    with el.open(project) as ws:
        first, second = ws.versions("tumours")
        assert (first.record.recipe, first.record.imported.file) == ("", "model.onnx")
        assert second.record.imported.note == "from the old server"
        assert first.record.bundle == second.record.bundle
        (begun,) = [e for e in ws.events(action="import_model") if e.reason == "from the old server"]
        assert begun.after["digest"] == second.record.imported.digest


def test_a_refit_says_that_there_is_no_recipe(project, told):
    with el.open(project) as ws, pytest.raises(RecipeRefused) as refusal:
        ws.refit("tumours")
    assert [str(refusal.value)] == TOLD


def test_what_is_not_known_fails_the_run_with_the_option_to_give(project, told):
    with el.open(project) as ws:
        with pytest.raises(BundleRefused, match="--like DATASET"):
            ws.import_model(project / "model.onnx", "other", target="kind")
        with pytest.raises(InvalidRequest, match="--target"):
            ws.import_model(project / "model.onnx", "other", target=" ")
        assert ws.versions("other") == ()


MLMODEL = """flavors:
  python_function: {loader_module: mlflow.sklearn, model_path: model.skops}
  sklearn: {code: null, pickled_model: model.skops, serialization_format: skops, sklearn_version: 1.9.1}
mlflow_version: 3.17.2
"""


def test_an_mlflow_folder_is_imported_beside_a_dataset(project, rows, model, told, tmp_path):
    skops.io.dump(model, tmp_path / "model.skops")
    (tmp_path / "MLmodel").write_text(MLMODEL)
    (tmp_path / "requirements.txt").write_text("scikit-learn")
    with el.open(project) as ws:
        ws.datasets["tumours"].append(rows)
        made = ws.import_model(tmp_path, "flow", target="kind", like="tumours@1")
    assert made.record.imported.file == f"{tmp_path.name}/model.skops"
    assert (made.record.dataset, made.record.dataset_version) == ("tumours", 1)
    assert [c.name for c in made.record.signature.columns] == list(rows.columns[:5])


@pytest.mark.slow
def test_a_folder_that_mlflow_itself_saved_is_imported(project, rows, model, told, tmp_path):
    import mlflow.sklearn
    from mlflow.models import infer_signature

    path = tmp_path / "mlflow model"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.save_model(
            model,
            path,
            serialization_format="skops",
            signature=infer_signature(rows.drop(columns="kind"), rows["kind"]),
            pip_requirements=[],
            skops_trusted_types=["numpy.dtype"],
        )
    with el.open(project) as ws:
        made = ws.import_model(path, "flow", target="kind", like=rows)
    assert made.record.imported.file == "mlflow model/model.skops"


def test_a_pickle_is_refused_before_anything_is_recorded(project, told, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04N.")
    skops.io.dump(LogisticRegression(), tmp_path / "unfitted.skops")
    with el.open(project) as ws:
        before = ws.events()
        with pytest.raises(BundleRefused, match=r"skops\.io\.dump"):
            ws.import_model(tmp_path / "model.pkl", "other", target="kind")
        assert ws.events() == before
