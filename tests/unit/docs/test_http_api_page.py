"""docs/http-api.md names every problem that the data plane answers with, and every series that it counts."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
CAPTURE_FAILED = (503, "capture-failed")  # made from the error, not written out


def _problems_in_the_code() -> set[tuple[int, str]]:
    """The status and code of every `Refused(status, code, ...)` in the data plane."""
    found = set()
    for path in (ROOT / "src" / "everloop" / "serving").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                given = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
                if len(given) == 2:
                    found.add((given[0], given[1]))
    return found


def test_every_problem_is_described_and_no_other():
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \| .+ \|$", PAGE, re.MULTILINE)
    described = {(int(status), code) for status, code in rows}
    assert described == _problems_in_the_code() | {CAPTURE_FAILED}
