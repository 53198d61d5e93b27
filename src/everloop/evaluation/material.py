"""The rows that gates look at: mature answers that no compared model can have learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.labels import all_classes, as_text, codes_of
from everloop.ledger.fingerprints import Marks, coincidence, fingerprints
from everloop.ledger.inputs import inputs_of
from everloop.ledger.labels import as_numbers
from everloop.records.signature import Signature

pc: Any = _compute
COLUMNS = ("id", "served_at", "shadow", "unread_body")
FEWEST = 50  # served rows among which repetitions are looked for
SLACK = 0.005  # of the rows: so many more may be equal
LEARNED = "equal to rows that a compared model has learned from"
NO_NUMBER = "the truth is no number"
NO_CLASS = "the truth is a class that no compared model knows"
AGAIN = "the same row again"
TRAFFIC = 2000  # of the newest answers, mature or not: what requests look like


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Rows of the ledger in the order in which they were served.

    `rows` have a truth that is final. `traffic` are the newest answers, with a truth or without.
    """

    rows: pa.Table
    traffic: pa.Table
    usable: int  # rows before any was left out for its content
    left_out: dict[str, int] = field(default_factory=dict)  # how many rows are none of them, by why
    doubled: dict[str, int] = field(default_factory=dict)  # and how many for their content
    notes: tuple[str, ...] = ()  # what a person should know of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The rows that a compared model was fitted or scored on: `table` has its inputs and its target by their names."""

    signature: Signature
    table: pa.Table


def gather(joined: pa.Table, *, begin: datetime, learned: Sequence[Learned] = ()) -> Material:
    """The rows for the gates out of `Ledger.joined`.

    Answers, no shadows; with a truth that is final; served from `begin` on, which lies after every training window.
    Rows whose content is that of a training row are left out too, however they came there, and of several served rows
    with one content only the first counts: a probe that is sent each second is one row. But where rows equal each
    other about as often in training itself, as rows of a few categories do, it is no sign of anything, and all count:
    to leave them out would leave the rare ones. A truth that no compared model can answer, a class that none of them
    knows or what is no number, does not count either: all are as wrong as the next, and a tie is no evidence. All is
    told, in `doubled` or in `notes`.
    """
    answers = _answers(joined)
    traffic = answers.slice(max(0, answers.num_rows - TRAFFIC))
    later = answers.filter(_later(answers, begin))
    final = later.filter(_final(later))
    left_out = {
        "served before a training window ended": answers.num_rows - later.num_rows,
        "without a final truth": later.num_rows - final.num_rows,
    }
    possible, why = _answerable(final, learned)
    impossible = {why: final.num_rows - possible.num_rows}
    rows, repeated, notes = _fresh(possible, learned)
    return Material(
        rows=rows,
        traffic=traffic,
        usable=final.num_rows,
        left_out={why: count for why, count in left_out.items() if count},
        doubled={why: count for why, count in (impossible | repeated).items() if count},
        notes=tuple(notes),
    )


def usable(joined: pa.Table, *, begin: datetime) -> int:
    """How many rows `gather` would begin with, before it looks at their content. Needs `COLUMNS` of the predictions."""
    answers = _answers(joined)
    return answers.filter(pc.and_(_later(answers, begin), _final(answers))).num_rows


def _answers(joined: pa.Table) -> pa.Table:
    answers = joined.filter(pc.and_(pc.invert(joined["shadow"]), joined["unread_body"].is_null()))
    return answers.sort_by([("served_at", "ascending"), ("id", "ascending")])


def _final(rows: pa.Table) -> Any:  # noqa: ANN401 - flags
    return pc.and_(rows["mature"], rows["truth"].is_valid())


def _answerable(rows: pa.Table, learned: Sequence[Learned]) -> tuple[pa.Table, str]:
    """The rows with a truth that one of the models could answer, and what is said of the others."""
    if not learned:
        return rows, NO_CLASS
    if learned[0].signature.task == "classification":
        classes = all_classes([one.signature.classes for one in learned])
        return rows.filter(pa.array(codes_of(rows["truth"], classes) >= 0)), NO_CLASS
    truth = as_numbers(rows["truth"])
    place = rows.schema.get_field_index("truth")
    return rows.set_column(place, "truth", truth).filter(truth.is_valid()), NO_NUMBER


def _later(rows: pa.Table, begin: datetime) -> Any:  # noqa: ANN401 - flags
    return pc.greater_equal(rows["served_at"], pa.scalar(begin, rows["served_at"].type))


def _fresh(rows: pa.Table, learned: Sequence[Learned]) -> tuple[pa.Table, dict[str, int], list[str]]:
    """Without rows that a model has learned, and without repetitions."""
    known, again = np.zeros(rows.num_rows, dtype=bool), np.zeros(rows.num_rows, dtype=bool)
    by_coincidence = 0
    for place, one in enumerate(learned):
        if rows.num_rows == 0 or one.table.num_rows == 0:
            continue
        marks = _marks_of(one, one.table, one.table[one.signature.target].to_pylist())
        served = _marks_of(one, inputs_of(rows, one.signature), rows["truth"].to_pylist())
        by_chance = 2 * coincidence(marks) + SLACK  # twice, for it is an estimate
        seen = np.isin(served, marks)
        if seen.mean() > by_chance:
            known |= seen
        else:
            by_coincidence = max(by_coincidence, int(seen.sum()))
        repeated = ~_firsts(served)
        if place == 0 and repeated[: max(FEWEST, len(marks) // 2)].mean() > by_chance:
            again = repeated
    left_out = {LEARNED: int(known.sum()), AGAIN: int((again & ~known).sum())}
    notes = [f"{by_coincidence:,} rows equal training rows as often as those equal each other: they count"]
    return rows.filter(pa.array(~known & ~again)), left_out, notes if by_coincidence else []


def _marks_of(one: Learned, inputs: pa.Table, truth: Sequence[Any]) -> Marks:
    texts = ["" if value is None else as_text(value) for value in truth]
    return fingerprints(one.signature.columns, inputs, texts)


def _firsts(marks: Marks) -> Any:  # noqa: ANN401 - flags
    first = np.zeros(len(marks), dtype=bool)
    first[np.unique(marks, return_index=True)[1]] = True
    return first
