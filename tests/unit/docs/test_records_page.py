"""docs/records.md names every field of every stored record, and its examples are what the codec writes."""

import importlib
import json
import pkgutil
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import everloop.records
from everloop.records.codec import from_json, to_json

PAGE = (Path(__file__).parents[3] / "docs" / "records.md").read_text(encoding="utf-8")


def _records() -> dict[str, type]:
    found = {}
    for module in pkgutil.iter_modules(everloop.records.__path__, "everloop.records."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value):
                found[value.__name__] = value
    return found


RECORDS = _records()
STORED = [name for name, kind in RECORDS.items() if hasattr(kind, "FORMAT")]


def _section(name: str) -> str:
    found = re.search(rf"^##+ {name}\n(.*?)(?=^##+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/records.md has no heading {name}"
    return found[1]


def test_every_heading_is_a_record():
    headings = set(re.findall(r"^##+ (\w+)$", PAGE, re.MULTILINE))
    assert headings == set(RECORDS) | {"Parts"}


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_described_in_its_place(name):
    described = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", _section(name), re.MULTILINE)
    assert described == [f.name for f in fields(RECORDS[name])]


@pytest.mark.parametrize("name", STORED)
def test_the_format_is_told(name):
    assert f"`{RECORDS[name].FORMAT}`" in _section(name)


@pytest.mark.parametrize("name", STORED)
def test_the_example_is_what_the_codec_writes(name):
    shown = re.search(r"```json\n(.*?)```", _section(name), re.DOTALL)
    assert shown is not None
    written = to_json(from_json(RECORDS[name], shown[1].encode()))
    assert json.loads(written) == json.loads(shown[1])
