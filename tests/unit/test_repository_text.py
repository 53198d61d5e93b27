"""Nothing in the repository ties it to one machine, one index of packages or one unfinished day."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).name  # names what it forbids
LARGEST = 400  # lines of a source file

INDEX = re.compile(r"(pypi\.org|pythonhosted|/simple\b|--(extra-)?index-url|--find-links|test\.pypi)")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+|opt|tmp/\w)[/\w]*")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in _files():
        if path.name == HERE:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        where = path.relative_to(ROOT)
        found += [f"{where}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def test_no_file_names_a_package_index():
    allowed = "scripts/install.py"  # the names of options, no addresses
    assert [line for line in _lines_with(INDEX) if not line.startswith(allowed)] == []


def test_no_file_names_a_path_of_one_machine():
    assert _lines_with(MACHINE) == []


def test_nothing_is_left_for_later_in_a_comment():
    assert _lines_with(UNFINISHED) == []


def test_every_locked_package_has_a_hash():
    for lock in ROOT.glob("requirements*.lock"):
        for entry in re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8")):
            assert entry.startswith("#") or "--hash=sha256:" in entry, entry.partition("\n")[0]


@pytest.mark.parametrize(
    "name", ["Makefile", ".ci/run", "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
)
def test_the_files_that_people_look_for_are_there(name):
    assert (ROOT / name).stat().st_size > 200


def test_no_source_file_holds_more_than_one_idea():
    long = {
        p: n for p in (ROOT / "src").rglob("*.py") if (n := len(p.read_text("utf-8").splitlines())) > LARGEST
    }
    assert long == {}


def test_the_version_is_told_once():
    import everloop

    declared = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert declared is not None
    assert declared[1] == everloop.__version__
