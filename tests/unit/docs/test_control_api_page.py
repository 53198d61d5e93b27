"""The page of the control API lists what there is, with the roles that the policy gives."""

import re
from pathlib import Path

from everloop.access.policy import POLICY
from everloop.actions.registry import OPERATIONS

PAGE = (Path(__file__).parents[3] / "docs" / "control-api.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| `(\w+) (\S+)` \| ([\w, ]+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_operation_has_a_row_with_its_call_and_summary():
    assert [(name, method, path, text) for name, method, path, _, text in ROWS] == [
        (o.name, o.method, o.path, o.summary) for o in OPERATIONS
    ]


def test_the_roles_are_those_of_the_policy():
    assert {name: set(roles.split(", ")) for name, _, _, roles, _ in ROWS} == {
        o.name: set(POLICY[o.name]) for o in OPERATIONS
    }
