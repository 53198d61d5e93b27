import os
import stat

import pytest

from everloop.errors import Conflict, StoredFormatUnknown, WorkspaceMissing, WorkspaceUnusable
from everloop.stores.workspace_folder import create_workspace, open_workspace


@pytest.fixture
def root(tmp_path):
    return tmp_path / "project" / ".everloop"


def test_a_new_workspace_can_be_opened(root):
    assert create_workspace(root) == open_workspace(root)


def test_only_its_owner_may_enter_it(root):
    create_workspace(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in root.iterdir() if p.is_dir()} == {0o700}


def test_a_folder_has_one_workspace(root):
    create_workspace(root)
    with pytest.raises(Conflict):
        create_workspace(root)


def test_a_folder_without_one_is_missing_it(root):
    with pytest.raises(WorkspaceMissing):
        open_workspace(root)


def test_an_interrupted_creation_is_no_workspace_and_can_be_repeated(root):
    create_workspace(root)
    (root / "format").unlink()
    with pytest.raises(WorkspaceMissing):
        open_workspace(root)
    create_workspace(root)
    open_workspace(root)


def test_another_format_is_refused_with_the_remedy(root):
    create_workspace(root)
    (root / "format").write_text("everloop.workspace/2\n")
    with pytest.raises(StoredFormatUnknown, match=r"workspace/2.*Upgrade Everloop"):
        open_workspace(root)


def test_a_format_that_is_no_text_is_refused(root):
    create_workspace(root)
    (root / "format").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorkspaceUnusable):
        open_workspace(root)


def test_a_lost_folder_is_made_again(root):
    create_workspace(root)
    (root / "runs").rmdir()
    assert open_workspace(root).runs.is_dir()


def test_a_file_in_the_way_gives_one_clear_line(tmp_path):
    (tmp_path / "project").write_text("")
    with pytest.raises(WorkspaceUnusable, match="a file is in its way") as refusal:
        create_workspace(tmp_path / "project" / ".everloop")
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_gives_one_clear_line(root):
    create_workspace(root)
    root.chmod(0o500)
    with pytest.raises(WorkspaceUnusable, match="Give this user the right"):
        open_workspace(root)
    root.chmod(0o700)
