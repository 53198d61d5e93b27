"""docs/loop.md has every field, state, mode, gate, plan and trigger, and its declarations can be declared."""

import re
import runpy
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import get_args

import pytest

import everloop as el
from everloop.loop import gates, plans, triggers
from everloop.records.cycle import CycleState
from everloop.records.loop import Mode
from everloop.workspace.declaring import declaration

PAGE = (Path(__file__).parents[3] / "docs" / "loop.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NO_FIELD = {"_"}  # parts what is given by place from what is given by name


def _section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([\w.]+)(?:\([^`]*\))?` \|", text, re.MULTILINE)


def _default(field: "Field[object]") -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def test_every_field_of_a_loop_is_described_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\| .+ \|$", _section("Fields"), re.MULTILINE)
    described = {name: default.strip() for name, default in rows}
    declared = {f.name: f for f in fields(el.Loop) if f.name not in NO_FIELD}
    assert set(described) == set(declared)
    for name, text in described.items():
        default = _default(declared[name])
        if text in ("", "the name"):
            assert default in (MISSING, "")
        elif text.startswith("`[") or "(" in text:
            shown = text.strip("`[]").removeprefix("el.")
            kept = default if isinstance(default, plans.Canary) else default[0]
            assert shown.partition("(")[0] == type(kept).__name__
        else:
            assert text.strip("`") == (f'"{default}"' if isinstance(default, str) else str(default))


def test_every_field_of_a_rollout_is_described_with_its_default():
    described = dict(
        re.findall(r"^\| `(\w+)` \| (`.*?`|the task's own) \| .+ \|$", _section("Rollouts"), re.MULTILINE)
    )
    own = {"steps", "step", *NO_FIELD}
    declared = {f.name: f.default for f in fields(plans.Canary) if f.name not in own}
    assert set(described) == set(declared)
    for name, text in described.items():
        if text != "the task's own":
            assert text.strip('`"') == str(declared[name])


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Modes", set(get_args(Mode))),
        ("States", set(get_args(CycleState))),
        (
            "Gates",
            {n for n, v in vars(gates).items() if isinstance(v, type) and v.__module__ == gates.__name__},
        ),
        (
            "Triggers",
            {
                n
                for n, v in vars(triggers).items()
                if isinstance(v, type) and v.__module__ == triggers.__name__
            },
        ),
    ],
)
def test_the_table_has_every_one_and_no_other(title, names):
    assert set(_first_cells(_section(title))) == names - {"Gate", "Trigger"}


def test_the_plans_are_those_that_there_are():
    kinds = {n for n, v in vars(plans).items() if isinstance(v, type) and issubclass(v, plans._Guarded)}
    assert kinds - {"_Guarded"} <= set(_first_cells(_section("Rollouts")))


def test_there_are_declarations():
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split('el.Loop(\n    "')[1].split('"')[0])
def test_what_the_page_declares_can_be_declared(block, tmp_path):
    (tmp_path / "loop.py").write_text(block)
    loop = runpy.run_path(str(tmp_path / "loop.py"))["loop"]
    request = declaration(loop, project=None)
    assert (request.loop, len(request.policy.gates)) == (loop.name, len(loop.gates))
