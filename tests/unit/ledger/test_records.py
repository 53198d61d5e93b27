"""The records of predictions and outcomes are what the ledger gives: its columns, in order, of their types."""

import json
from dataclasses import fields

import msgspec

from everloop.ledger.outcome_rows import OUTCOMES
from everloop.ledger.prediction_rows import ENVELOPE
from everloop.records.outcome import Outcome
from everloop.records.prediction import Prediction


def names(schema):
    """The columns' names, with a label's three columns as the one that readers get."""
    kinds = (".number", ".text", ".boolean")
    folded = [name.rpartition(".")[0] if name.endswith(kinds) else name for name in schema.names]
    return list(dict.fromkeys(folded))


def as_record(row):
    """A row with its columns of inputs as one member, and what is stored as JSON read."""
    inputs = {name.partition(".")[2]: row.pop(name) for name in list(row) if "." in name}
    row["entities"] = row["entities"] and json.loads(row["entities"])
    return msgspec.convert({"format": Prediction.FORMAT, **row, "inputs": inputs}, Prediction)


def test_a_prediction_has_the_ledgers_columns_and_its_inputs():
    assert [field.name for field in fields(Prediction)] == [*names(ENVELOPE), "inputs"]


def test_an_outcome_has_the_ledgers_columns():
    assert [field.name for field in fields(Outcome)] == names(OUTCOMES)


def test_every_row_of_the_ledger_is_a_prediction(writer, ledger):
    row = {"length": 3, "tame": True, "colour": "red", "owner": "ada"}
    first = writer.answered("p1")
    said = {"ids": ["mine"], "entities": [{"house": 7}], "event_time": "2026-03-01T11:00:00Z"}
    first.body = json.dumps({"instances": [row], **said}).encode()
    writer.log.append([first])
    writer.predict("p2", output=[], error="the model failed")
    broken = writer.answered("p3")
    broken.body = b"{"
    writer.log.append([broken])
    whole, failed, unread = (as_record(row) for row in ledger.predictions("animals").to_pylist())
    assert (whole.inputs, whole.entities, whole.caller_id) == (row, {"house": 7}, "mine")
    assert (whole.output, whole.probabilities, whole.bundle) == ("dog", (0.25, 0.75), "b" * 64)
    assert (failed.output, failed.error, failed.handed_over) == (None, "the model failed", True)
    assert (unread.unread_body, unread.handed_over) == (b"{", None)


def test_every_row_of_the_ledger_is_an_outcome(writer, ledger):
    for place, value in enumerate(["cat", 1.5, True]):
        writer.tell("p1", value, name=f"n{place}", happened=0, source="vet", key="k1")
    rows = ledger.outcomes("animals").drop_columns(["standing"])
    kept = [msgspec.convert(row, Outcome) for row in rows.to_pylist()]
    assert [(one.source, one.key, one.revision) for one in kept] == [("vet", "k1", 1)] * 3
