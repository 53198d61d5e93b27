"""Pages point only to what is there, and name only commands and calls that exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

import everloop
from everloop.cli.app import app

ROOT = Path(__file__).parents[3]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MISSION = {"D": range(9), "T": range(1, 9), "E": range(1, 6), "P": range(1, 12), "M": range(1, 11)}
MISSION |= {
    "L": (1, 2, 3, 7),
    "A": range(1, 14),
    "R": range(1, 6),
    "C": (1,),
    "W": (1,),
    "H": (1, 2),
    "S": (1,),
}
TO_COME = {"doctor"}  # commands that the article map names as not yet built


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert not anchor or anchor in _anchors(found), target


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_commands_exist(page):
    root = get_command(app)
    for line in re.findall(
        r"(?:^|[`!] ?|&& )everloop ([a-z]+(?: [a-z]+)?)", page.read_text(encoding="utf-8"), re.M
    ):
        first, _, second = line.partition(" ")
        assert first in root.commands or first in TO_COME, line
        if first == "data" and second:
            assert second in root.commands["data"].commands, line


def test_every_command_stands_in_a_page_for_its_users():
    named = ("tutorial", "loop", "monitoring", "replay", "page", "import", "outside")
    pages = ("README.md", *(f"docs/{n}.md" for n in named))
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in pages)
    told = {name for name in get_command(app).commands if re.search(rf"(everloop|make) {name}\b", text)}
    assert set(get_command(app).commands) - told <= {"serve", "runs"}


def test_calls_of_the_package_exist():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in re.findall(r"\bel\.(\w+)", text) if name not in everloop.__all__} == set()


def test_every_row_of_the_mission_is_mapped():
    page = (ROOT / "docs" / "article-map.md").read_text(encoding="utf-8")
    mapped = {
        code for row in re.findall(r"^\| ([^|]+) \|", page, re.M) for code in re.findall(r"[A-Z]\d+", row)
    }
    assert {f"{letter}{n}" for letter, numbers in MISSION.items() for n in numbers} - mapped == set()


def test_every_make_target_that_is_promised_is_there():
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)\b", text, re.M)) - targets == set()


def test_every_page_is_reached_from_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    assert {page for page in pages if not re.search(rf"^{page}$", index, re.M)} == set()
