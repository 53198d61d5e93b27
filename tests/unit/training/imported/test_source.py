import os

import pytest

from everloop.errors import BundleRefused, NotFound
from everloop.training.imported import source
from everloop.training.imported.source import read_source


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"abc")
    assert read_source(tmp_path / "m.onnx").files == {"m.onnx": b"abc"}


def test_of_an_mlflow_folder_what_may_be_the_model_is_read(tmp_path):
    for name in ("MLmodel", "model.skops", "model.pkl", "requirements.txt", "conda.yaml"):
        (tmp_path / name).write_text(name)
    (tmp_path / "code").mkdir()
    assert set(read_source(tmp_path).files) == {"MLmodel", "model.skops"}


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    (tmp_path / "MLmodel").write_text("x")
    (tmp_path / "model.onnx").symlink_to("/etc/hostname")
    with pytest.raises(BundleRefused, match=r"model\.onnx cannot be read"):
        read_source(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "m.onnx")
    with pytest.raises(BundleRefused, match="not a regular file"):
        read_source(tmp_path / "m.onnx")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "LARGEST", 10)
    (tmp_path / "m.onnx").write_bytes(b"x" * 11)
    with pytest.raises(BundleRefused, match="more than 10 bytes"):
        read_source(tmp_path / "m.onnx")


def test_a_folder_of_very_many_entries_is_no_model(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MOST_ENTRIES", 3)
    for name in ("MLmodel", "a", "b", "c", "d"):
        (tmp_path / name).touch()
    with pytest.raises(BundleRefused):
        read_source(tmp_path)


@pytest.mark.parametrize("path", ["runs:/abc/model", "https://x.example/m.onnx", "s3://b/m"])
def test_an_address_is_not_fetched(path):
    with pytest.raises(BundleRefused, match="Fetch it first"):
        read_source(source.Path(path))


def test_what_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(NotFound, match="no file"):
        read_source(tmp_path / "m.onnx")
    with pytest.raises(BundleRefused, match="without an MLmodel"):
        read_source(tmp_path)
