import errno
import os

import pytest

from everloop.stores.durable import sync, write_new, write_whole


def test_a_file_takes_the_place_of_another_and_is_for_this_user_alone(tmp_path):
    path = tmp_path / "file"
    for data in (b"old", b"new"):
        write_whole(path, data)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_and_name_are_synced_in_this_order_and_neither_where_nobody_asks(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.readlink(f"/proc/self/fd/{fd}")))
    write_whole(tmp_path / "file", b"x", synced=False)
    assert synced == []
    write_whole(tmp_path / "file", b"x")
    assert [os.path.dirname(synced[0]), synced[1]] == [str(tmp_path), str(tmp_path)]
    assert len(synced) == 2


def test_a_new_file_takes_nobodys_place(tmp_path):
    write_new(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"


def test_a_file_and_a_folder_can_be_synced(tmp_path):
    write_new(tmp_path / "file", b"x", synced=False)
    sync(tmp_path / "file")
    sync(tmp_path)
