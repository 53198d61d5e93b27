"""docs/settings.md lists every setting with its variable, its default and what it takes."""

import re
from dataclasses import fields
from pathlib import Path

from everloop.settings import PREFIX, Settings, accepted

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(list(value))
    return f'"{value}"' if isinstance(value, str) else str(value)


def _expected() -> dict[str, list[tuple[str, str, str, str]]]:
    """For each group: key, variable, default and what is accepted, of each setting in its order."""
    return {
        group.name: [
            (key.name, f"{PREFIX}{group.name}_{key.name}".upper(), _as_toml(key.default), accepted(key.type))
            for key in fields(group.type)
        ]
        for group in fields(Settings)
    }


def _described() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        group = re.match(r"`\[(\w+)\]`", section)
        if group:
            rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(.+?)` \| (.+?) \| .+ \|$", section, re.MULTILINE)
            found[group[1]] = rows
    return found


def test_the_page_says_what_the_settings_say():
    assert _described() == _expected()
