import subprocess

from everloop.training.code_version import code_version

AS = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def git(folder, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *AS, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_folder_without_git_has_no_code_version(tmp_path):
    assert code_version(tmp_path) == ""
    assert code_version(tmp_path / "nowhere") == ""


def test_a_repository_without_a_commit_has_no_code_version(tmp_path):
    git(tmp_path, "init", "-q")
    assert code_version(tmp_path) == ""


def test_the_commit_is_the_version_and_changes_make_it_dirty(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "loop.py").write_text("1")
    git(tmp_path, "add", "loop.py")
    git(tmp_path, "commit", "-qm", "first")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert code_version(tmp_path) == head
    (tmp_path / "notes.txt").write_text("not of the code")
    assert code_version(tmp_path) == head
    (tmp_path / "loop.py").write_text("2")
    assert code_version(tmp_path) == f"{head}+dirty"
