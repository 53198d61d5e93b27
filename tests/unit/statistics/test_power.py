"""Every line of the table in docs/statistics.md, with fewer runs; a line fails by chance once in ten thousand seeds."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from scipy.stats import binom

ROOT = Path(__file__).parents[3]


def _script():
    spec = importlib.util.spec_from_file_location("power", ROOT / "scripts" / "power.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["power"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


LINES = {line.what: line for line in _script().lines()}
ERRS = 1e-4


@pytest.mark.parametrize("what", LINES)
def test_the_promise_is_kept(what):
    line = LINES[what]
    found = line.measured(seed=7, runs=line.quick)
    if line.promise == "at most":
        assert found <= binom.isf(ERRS, line.quick, line.share)
    else:
        assert found >= binom.ppf(ERRS, line.quick, line.share)


def test_the_table_in_the_docs_has_these_lines_and_keeps_every_promise():
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (.+) \| (at most|at least) ([\d.]+)% \| ([\d.]+)% \| ([\d,]+) \|$", page, re.MULTILINE
    )
    assert [row[0] for row in rows] == list(LINES)
    for what, promise, share, measured, runs in rows:
        assert (promise, int(runs.replace(",", ""))) == (LINES[what].promise, LINES[what].runs)
        assert float(share) == pytest.approx(100 * LINES[what].share, abs=0.051)
        kept = float(measured) <= float(share) if promise == "at most" else float(measured) >= float(share)
        assert kept, what
