from typing import get_args, get_type_hints

import pytest

from everloop.evaluation.build import ALWAYS, FIRST, ON_TRUTH, declared
from everloop.records.loop import GateRule

KINDS = get_args(get_type_hints(GateRule)["kind"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_has_its_gate(kind):
    (gate,) = declared([GateRule(kind=kind, metric="accuracy", margin=0.1, limit=5.0, columns=("c",))])
    assert gate.code.startswith("E1")


def test_codes_are_given_once():
    rules = [GateRule(kind=kind, columns=("c",)) for kind in KINDS]
    codes = [gate.code for gate in (*FIRST, *ALWAYS, *ON_TRUTH, *declared(rules))]
    assert len(codes) == len(set(codes)) == 16
