"""docs/gates.md has every gate by its code, and states the error rates that the code has."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

from everloop.evaluation.build import ALWAYS, FIRST, ON_TRUTH, declared
from everloop.evaluation.compare import ERROR, WRONG_FAIL
from everloop.evaluation.gates import keeps_promise
from everloop.evaluation.gates.no_worse import ANCHOR_ERROR
from everloop.records.loop import GateRule

PAGE = (Path(__file__).parents[3] / "docs" / "gates.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def _codes(section: str) -> list[str]:
    text = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert text is not None
    return re.findall(r"^\| (E\d+) \|", text[1], re.MULTILINE)


def test_every_gate_that_can_be_declared_is_described_under_its_code():
    kinds = get_args(get_type_hints(GateRule)["kind"])
    rules = [GateRule(kind=kind, columns=("c",)) for kind in kinds]
    assert _codes("Declaring them") == [gate.code for gate in declared(rules)]


def test_every_gate_that_always_holds_is_described_under_its_code():
    assert _codes("What always holds") == sorted(gate.code for gate in (*FIRST, *ALWAYS, *ON_TRUTH))


def test_the_declarations_of_the_page_can_be_stored():
    (block,) = BLOCKS
    found: dict[str, list] = {}
    exec(block, found)
    rules = [gate.rule() for gate in found["gates"]]
    assert [gate.code for gate in declared(rules)] == _codes("Declaring them")


def test_the_error_rates_are_those_of_the_code():
    rows = dict(
        re.findall(r"^\| (E1?0[0-9]+[^|:]*?)(?:: [^|]*)? \| ([^|]+ \| [^|]+) \|$", PAGE, re.MULTILINE)
    )
    percent = {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows.items()}
    assert percent["E101, champion"] == [f"{ERROR:.0%}", f"{WRONG_FAIL:.1%}"]
    assert percent["E101, anchor"] == [f"{ANCHOR_ERROR:.1%}", f"{WRONG_FAIL:.1%}"]
    assert percent["E102, E103"] == [f"{ERROR:.0%}", f"{WRONG_FAIL:.1%}"]
    assert percent["E009"] == ["-", f"{keeps_promise.ERROR:.1%}"]
