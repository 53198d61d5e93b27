import os
import threading
from dataclasses import replace

import pytest

from everloop.bundles import writer
from everloop.bundles.door import open_bundle
from everloop.bundles.writer import PARTIAL, file_entries, write_bundle
from everloop.errors import BundleRefused
from everloop.records.bundle import BundleManifest
from everloop.records.codec import digest_of, to_json

NEVER_A_PROCESS = 4_194_305  # above the largest process id that Linux gives


@pytest.fixture
def manifest(signature, linear):
    files = {"model.onnx": linear}
    return BundleManifest(
        runtime="onnx", signature=signature, files=file_entries(files), recipe="r", data="d"
    )


def test_the_digest_is_that_of_the_manifests_canonical_json(tmp_path, manifest, linear):
    digest = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    assert digest == digest_of(to_json(manifest))
    assert (tmp_path / digest / "manifest.json").read_bytes() == to_json(manifest)


def test_what_was_written_comes_back(tmp_path, manifest, linear):
    digest = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    assert open_bundle(tmp_path, digest).manifest == manifest


def test_writing_twice_is_writing_once(tmp_path, manifest, linear):
    first = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    made = (tmp_path / first).stat().st_ino
    assert write_bundle(tmp_path, manifest, {"model.onnx": linear}) == first
    assert (tmp_path / first).stat().st_ino == made
    assert os.listdir(tmp_path) == [first]


def test_another_data_digest_makes_another_bundle(tmp_path, manifest, linear):
    first = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    assert write_bundle(tmp_path, replace(manifest, data="e"), {"model.onnx": linear}) != first


def test_files_that_the_manifest_does_not_name_are_refused(tmp_path, manifest, linear):
    with pytest.raises(BundleRefused, match="does not name"):
        write_bundle(tmp_path, manifest, {"model.onnx": linear, "more.txt": b""})
    assert not list(tmp_path.iterdir())


def test_a_damaged_bundle_is_put_right(tmp_path, manifest, linear):
    digest = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    (tmp_path / digest / "model.onnx").write_bytes(b"rubbish")
    assert write_bundle(tmp_path, manifest, {"model.onnx": linear}) == digest
    assert open_bundle(tmp_path, digest).manifest == manifest
    assert os.listdir(tmp_path) == [digest]


def test_what_a_killed_writer_left_is_removed_and_a_living_ones_kept(tmp_path, manifest, linear):
    (tmp_path / f"{PARTIAL}{NEVER_A_PROCESS}-aa").mkdir()
    living = tmp_path / f"{PARTIAL}{os.getpid()}-bb"
    living.mkdir()
    digest = write_bundle(tmp_path, manifest, {"model.onnx": linear})
    assert sorted(os.listdir(tmp_path)) == sorted([digest, living.name])


def test_a_failed_write_leaves_nothing(tmp_path, manifest, linear, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "write_new", full)
    with pytest.raises(OSError, match="No space"):
        write_bundle(tmp_path, manifest, {"model.onnx": linear})
    assert not list(tmp_path.iterdir())


def test_many_writers_of_one_bundle_leave_one(tmp_path, manifest, linear):
    start = threading.Barrier(8)
    digests = []

    def write():
        start.wait()
        digests.append(write_bundle(tmp_path, manifest, {"model.onnx": linear}))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 8
    assert os.listdir(tmp_path) == [digests[0]]
    open_bundle(tmp_path, digests[0])
