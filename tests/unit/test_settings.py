"""Settings: defaults, then the file, then the environment; and what is refused, with which words."""

from pathlib import Path

import pytest

from everloop.errors import SettingsError
from everloop.settings import Settings, read_settings


def _project(folder: Path, toml: str) -> Path:
    (folder / "everloop.toml").write_text(toml, encoding="utf-8")
    return folder


def test_a_folder_without_a_file_gives_the_defaults(tmp_path):
    assert read_settings(tmp_path, {}) == Settings()


def test_the_file_wins_over_the_default(tmp_path):
    assert read_settings(_project(tmp_path, "[serving]\nport = 9000"), {}).serving.port == 9000


def test_the_environment_wins_over_the_file(tmp_path):
    project = _project(tmp_path, "[serving]\nport = 9000")
    assert read_settings(project, {"EVERLOOP_SERVING_PORT": "9001"}).serving.port == 9001


def test_a_key_of_the_file_does_not_change_its_neighbours(tmp_path):
    settings = read_settings(_project(tmp_path, "[serving]\nport = 9000"), {})
    assert settings.serving.workers == Settings().serving.workers


def test_a_whole_number_is_a_number_of_seconds(tmp_path):
    assert read_settings(_project(tmp_path, "[serving]\ndrain_s = 3"), {}).serving.drain_s == 3.0


@pytest.mark.parametrize(
    ("variable", "text", "group", "key", "value"),
    [
        ("EVERLOOP_PROJECT_NAME", "churn", "project", "name", "churn"),
        ("EVERLOOP_PROJECT_NAME", "2024", "project", "name", "2024"),  # a text, though it looks like a number
        ("EVERLOOP_SERVING_HOST", "localhost", "serving", "host", "localhost"),
        ("EVERLOOP_SERVING_HOSTS", "a.example, b.example", "serving", "hosts", ("a.example", "b.example")),
        ("EVERLOOP_SERVING_HOSTS", "", "serving", "hosts", ()),
        ("EVERLOOP_SERVING_CAPTURE", "synced", "serving", "capture", "synced"),
        ("EVERLOOP_SERVING_DRAIN_S", " 2.5 ", "serving", "drain_s", 2.5),
        ("EVERLOOP_TRAINING_MLFLOW", "false", "training", "mlflow", False),
    ],
)
def test_a_variable_is_read_without_quotes(tmp_path, variable, text, group, key, value):
    assert getattr(getattr(read_settings(tmp_path, {variable: text}), group), key) == value


@pytest.mark.parametrize("variable", ["EVERLOOP_TOKEN", "EVERLOOP_URL", "PATH", "everloop_serving_port"])
def test_a_variable_that_is_no_setting_is_let_be(tmp_path, variable):
    assert read_settings(tmp_path, {variable: "anything"}) == Settings()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[serving]\nprot = 1", ["everloop.toml, [serving]", "`prot`", "Did you mean `port`?"]),
        ("[servin]\nport = 1", ["everloop.toml", "`servin`", "Did you mean `serving`?"]),
        ("[zzzz]\n", ["`zzzz`", "Known: project, serving, control, training, monitoring, clock."]),
        ("serving = 3", ["`serving` is a table", "`[serving]`"]),
        ("[serving]\nport = 70000", ["[serving]: `port`", "a whole number from 0 to 65535, not 70000"]),
        ("[serving]\nport = '8080'", ["a whole number from 0 to 65535, not '8080'"]),
        ("[serving]\nport = true", ["a whole number", "not True"]),
        ("[serving]\nworkers = 0", ["a whole number from 1 to 64, not 0"]),
        ("[serving]\ndrain_s = 0", ["a number above 0 to 3600, not 0"]),
        ("[serving]\ndrain_s = nan", ["a number above 0 to 3600, not nan"]),
        ("[serving]\ncapture = 'fast'", ["`written` or `synced`, not 'fast'"]),
        ("[serving]\nhosts = 'a'", ["a list of texts, not 'a'"]),
        ("[training]\nmlflow = 1", ["`true` or `false`, not 1"]),
        ("[training]\nmax_seconds = inf", ["`max_seconds`", "not inf"]),
        ("[serving\n", ["everloop.toml is not TOML"]),
    ],
)
def test_a_wrong_file_is_one_line_that_says_where_and_what_would_do(tmp_path, toml, words):
    with pytest.raises(SettingsError) as caught:
        read_settings(_project(tmp_path, toml), {})
    text = str(caught.value)
    assert [word for word in words if word not in text] == []
    assert "\n" not in text


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("EVERLOOP_SERVING_PROT", "1", ["the environment", "Did you mean `EVERLOOP_SERVING_PORT`?"]),
        ("EVERLOOP_SERVING_PORT", "many", ["EVERLOOP_SERVING_PORT", "from 0 to 65535, not 'many'"]),
        ("EVERLOOP_SERVING_PORT", "1\n2", ["EVERLOOP_SERVING_PORT", "not '1\\n2'"]),
        ("EVERLOOP_TRAINING_MLFLOW", "perhaps", ["`true` or `false`, not 'perhaps'"]),
    ],
)
def test_a_wrong_variable_is_named(tmp_path, variable, text, words):
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path, {variable: text})
    assert [word for word in words if word not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused_in_one_line(tmp_path):
    (tmp_path / "everloop.toml").write_bytes(b"\xff\xfe[serving]")
    with pytest.raises(SettingsError, match="is not TOML"):
        read_settings(tmp_path, {})


def test_a_folder_in_the_place_of_the_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "everloop.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path, {})


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().serving.port = 1
