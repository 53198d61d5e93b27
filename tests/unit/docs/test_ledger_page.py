"""docs/ledger.md lists the columns of the ledger's tables, in their order."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from everloop.ledger.join import joined
from everloop.ledger.outcome_rows import STORED
from everloop.ledger.prediction_rows import ENVELOPE
from everloop.ledger.settled import settled
from everloop.records.target import TargetRule

PAGE = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")


def _described(section: str) -> list[str]:
    text = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert text is not None
    return re.findall(r"^\| `(\w+)` \| .+ \|$", text[1], re.MULTILINE)


def _as_read(names: list[str]) -> list[str]:
    """The names with a label's three columns as the one that readers get."""
    return list(dict.fromkeys(re.sub(r"\.(number|text|boolean)$", "", name) for name in names))


@pytest.mark.parametrize(("section", "names"), [("Predictions", ENVELOPE.names), ("Outcomes", STORED.names)])
def test_the_columns_of_a_table_are_described(section, names):
    assert _described(section) == _as_read(names) + ["standing"] * (section == "Outcomes")


def test_what_the_join_adds_is_described():
    nothing = settled(STORED.empty_table())
    rows = joined(
        ENVELOPE.empty_table(), nothing, TargetRule(outcome="truth"), datetime(2026, 3, 1, tzinfo=UTC)
    )
    assert _described("Joined") == [
        name for name in rows.column_names if name not in _described("Predictions")
    ]
