"""docs/statistics.md lists every policy with its errors, every metric and every state."""

import inspect
import pkgutil
import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import everloop.statistics.sequential as sequential
from everloop.evidence.metrics import METRICS
from everloop.evidence.replay import POLICIES

PAGE = (Path(__file__).parents[3] / "docs" / "statistics.md").read_text(encoding="utf-8")
RATES = re.findall(r"^\| ([GM]\d+) \| `(\w+)\(.*\)` \| .+ \| .+ \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_policy_is_described_under_its_code():
    assert {code: name for code, name, _, _ in RATES} == {
        code: kind.__name__ for code, kind in POLICIES.items()
    }


def test_the_chances_of_error_are_the_policies_own():
    for code, _, wrong_pass, wrong_fail in RATES:
        own = {field.name: field.default for field in fields(POLICIES[code])}
        if "alpha_fail" in own:
            assert (wrong_pass, wrong_fail) == (f"{100 * own['alpha']:g}%", f"{100 * own['alpha_fail']:g}%")
        elif "alpha_pass" in own:
            assert (wrong_pass, wrong_fail) == (f"{100 * own['alpha_pass']:g}%", f"{100 * own['alpha']:g}%")
        elif "false_alarms" in own:
            assert wrong_fail == f"{100 * own['false_alarms']:g}%"


def test_every_metric_is_described():
    section = PAGE.partition("## Metrics")[2].partition("\n## ")[0]
    described = [
        name for row in re.findall(r"^\| (`.+?`) \|", section, re.M) for name in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(described) == sorted(METRICS)


def test_every_state_that_folds_is_described():
    states = set()
    for module in pkgutil.iter_modules(sequential.__path__, sequential.__name__ + "."):
        for name, value in vars(import_module(module.name)).items():
            if (
                isinstance(value, type)
                and is_dataclass(value)
                and hasattr(value, "merge")
                and not inspect.isabstract(value)
            ):
                states.add(name)
    section = PAGE.partition("## Tests that hold")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| .+ \| .+ \| .+ \|$", section, re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == states
