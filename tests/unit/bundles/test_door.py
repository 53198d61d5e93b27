import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from everloop.bundles import door
from everloop.bundles.door import Bundle, open_bundle
from everloop.errors import BundleRefused, NotFound
from everloop.records.codec import digest_of

Keep = Callable[..., str]


@pytest.fixture
def digest(keep: Keep, linear: bytes) -> str:
    return keep({"model.onnx": linear})


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of bundles whose model was handed to a parser."""
    seen: list[str] = []
    load = door._load

    def spy(manifest, files):
        seen.append(manifest.runtime)
        return load(manifest, files)

    monkeypatch.setattr(door, "_load", spy)
    return seen


def load(root: Path, digest: str) -> Bundle:
    bundle = open_bundle(root, digest)
    bundle.runtime()
    return bundle


def test_an_untouched_bundle_answers_as_its_model_does_by_hand(tmp_path, digest):
    rows = np.array([[1, 10], [0.5, 0]], dtype=np.float32)
    assert open_bundle(tmp_path, digest).runtime().predict(rows).tolist() == [32.0, 1.0]


def test_a_model_is_parsed_when_it_is_asked_for_and_once(tmp_path, digest, parsed):
    bundle = open_bundle(tmp_path, digest)
    assert parsed == []
    assert bundle.runtime() is bundle.runtime()
    assert parsed == ["onnx"]


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_every_flipped_byte_is_refused_before_parsing(tmp_path, digest, parsed, name):
    path = tmp_path / digest / name
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleRefused, match="was changed"):
            load(tmp_path, digest)
    assert parsed == []


def cut(folder: Path) -> None:
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(10)


def grow(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"x")


def grow_vastly(folder: Path) -> None:
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(1 << 40)  # a sparse terabyte: to read it would take the memory


def remove(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def add(folder: Path) -> None:
    (folder / "notes.txt").write_text("hello")


def add_hidden(folder: Path) -> None:
    (folder / ".hidden").write_text("hello")


def link_away(folder: Path) -> None:
    (folder / "model.onnx").rename(folder.parent / "elsewhere")
    (folder / "model.onnx").symlink_to(folder.parent / "elsewhere")


def make_a_pipe(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    os.mkfifo(folder / "model.onnx")


def make_a_folder(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").mkdir()


def remove_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def link_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "manifest")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest")


@pytest.mark.parametrize(
    "harm",
    [
        *(cut, grow, grow_vastly, remove, add, add_hidden, link_away),
        *(make_a_pipe, make_a_folder, remove_manifest, link_manifest),
    ],
    ids=lambda harm: harm.__name__,
)
def test_a_bundle_that_was_tampered_with_is_refused_before_parsing(tmp_path, digest, parsed, harm):
    harm(tmp_path / digest)
    with pytest.raises(BundleRefused, match=f"Bundle {digest[:12]} was refused: "):
        load(tmp_path, digest)
    assert parsed == []


def test_another_bundles_files_are_refused(tmp_path, keep, linear, digest, parsed):
    other = keep({"model.onnx": linear + b"\x2a\x00"})
    (tmp_path / other / "model.onnx").replace(tmp_path / digest / "model.onnx")
    with pytest.raises(BundleRefused, match=r"'model\.onnx' has"):
        load(tmp_path, digest)
    assert parsed == []


def test_a_bundle_that_is_a_link_is_refused(tmp_path, digest):
    (tmp_path / digest).rename(tmp_path / "elsewhere")
    (tmp_path / digest).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleRefused, match="cannot be opened"):
        open_bundle(tmp_path, digest)


def forged(root: Path, manifest: object) -> str:
    """A bundle whose manifest agrees with its digest, made without the writer."""
    data = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    digest = digest_of(data)
    (root / digest).mkdir()
    (root / digest / "manifest.json").write_bytes(data)
    return digest


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("../secret", 6, "not the plain name"),
        ("/etc/hostname", 6, "not the plain name"),
        ("sub/model.onnx", 6, "not the plain name"),
        (".", 6, "not the plain name"),
        ("manifest.json", 6, "not the plain name"),
        ("a\x00b", 6, "not the plain name"),
        ("model.onnx", 1 << 60, "larger than"),
        ("model.onnx", -5, "not at most -5"),
    ],
)
def test_a_forged_manifest_opens_nothing_outside_its_folder(tmp_path, digest, name, size, told):
    manifest = json.loads((tmp_path / digest / "manifest.json").read_bytes())
    (tmp_path / "secret").write_text("secret")
    manifest["files"] = [{"name": name, "size": size, "sha256": digest_of(b"secret")}]
    forgery = forged(tmp_path, manifest)
    if name == "model.onnx":
        (tmp_path / forgery / name).write_text("secret")
    with pytest.raises(BundleRefused, match=told):
        open_bundle(tmp_path, forgery)


def test_a_file_that_is_named_twice_is_refused(tmp_path, digest):
    manifest = json.loads((tmp_path / digest / "manifest.json").read_bytes())
    manifest["files"] *= 2
    with pytest.raises(BundleRefused, match="twice"):
        open_bundle(tmp_path, forged(tmp_path, manifest))


@pytest.mark.parametrize(
    "change",
    [{"runtime": "pickle"}, {"format": "everloop.bundle/2"}, {"files": None}, {"signature": 3}],
    ids=str,
)
def test_a_manifest_of_another_kind_is_refused(tmp_path, digest, change):
    manifest = json.loads((tmp_path / digest / "manifest.json").read_bytes())
    with pytest.raises(BundleRefused, match="cannot be read"):
        open_bundle(tmp_path, forged(tmp_path, {**manifest, **change}))


def test_a_manifest_with_a_field_that_we_do_not_know_is_refused(tmp_path, digest):
    manifest = json.loads((tmp_path / digest / "manifest.json").read_bytes())
    with pytest.raises(BundleRefused, match="canonical"):
        open_bundle(tmp_path, forged(tmp_path, {**manifest, "loader": "evil.module"}))


def test_a_manifest_that_is_no_json_is_refused(tmp_path):
    data = b"\x80\x04cos\nsystem\n"
    (tmp_path / digest_of(data)).mkdir()
    (tmp_path / digest_of(data) / "manifest.json").write_bytes(data)
    with pytest.raises(BundleRefused, match="cannot be read"):
        open_bundle(tmp_path, digest_of(data))


@pytest.mark.parametrize(
    "name", ["", "..", "../..", "/etc", "abc", "A" * 64, "a" * 63, "a" * 65, "a" * 63 + "/"]
)
def test_what_is_no_digest_names_no_bundle(tmp_path, name):
    with pytest.raises(NotFound, match="not the digest"):
        open_bundle(tmp_path, name)


def test_a_bundle_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="There is no bundle aaaaaaaaaaaa"):
        open_bundle(tmp_path, "a" * 64)


def test_a_bundle_of_the_wrong_files_is_refused(tmp_path, keep, linear):
    with pytest.raises(BundleRefused, match="holds one file"):
        open_bundle(tmp_path, keep({"other.onnx": linear})).runtime()


def test_opening_a_bundle_imports_no_library_of_models(tmp_path, digest):
    program = (
        "import sys, pathlib; from everloop.bundles.door import open_bundle;"
        f"open_bundle(pathlib.Path({str(tmp_path)!r}), {digest!r});"
        "print(sorted({'pandas', 'sklearn', 'lightgbm', 'skops', 'onnx', 'pyarrow', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
