"""Rows that two versions saw, one of which answered: the same inputs, so that each row compares the two by itself."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from everloop.ledger.arrow import Column, pc, table
from everloop.ledger.join import Matched, matched
from everloop.ledger.labels import KINDS, as_kind, common_kind, label_columns, whole_numbers
from everloop.ledger.settled import settled
from everloop.records.target import TargetRule

CHAMPION, CANDIDATE = "champion", "candidate"
OUTPUTS = tuple(f"output.{kind}" for kind in KINDS)
COLUMNS = ("id", "variant", "shadow", "share", "key_hash", "served_at", *OUTPUTS, "error")


def paired(seen: pa.Table, received: pa.Table, target: TargetRule, now: datetime) -> pa.Table:
    """One row for each id that both saw, in the order in which they were answered.

    `seen` has `COLUMNS`, and perhaps `probabilities`, of answers and shadows; `received` are outcomes as they came.
    `answered` is the variant that answered, `share` the chance that it was chosen with, `candidate_share` that of the
    candidate. `champion` and `candidate` are their outputs, null where one failed, and `truth` is what came back, null
    until it is mature; the three are of one type. `mature`, `learned_at` and `mature_at` are as in `join.joined`, and
    `champion_probabilities` and `candidate_probabilities` are there if they were asked for.
    """
    champion, candidate = _meeting(seen)
    answers = _where(candidate, champion, pc.invert(candidate["shadow"]))
    match = matched(answers, _settled_of(answers, received), target, now)
    is_candidate = pc.equal(answers["variant"], CANDIDATE)
    columns: dict[str, Column] = {
        "id": answers["id"],
        "answered": answers["variant"],
        "share": answers["share"],
        "candidate_share": pc.if_else(is_candidate, answers["share"], pc.subtract(1.0, answers["share"])),
        "key_hash": answers["key_hash"],
        "served_at": answers["served_at"],
        **_labels(champion, candidate, match, target),
        "mature": match.mature,
        "mature_at": match.mature_at,
        "learned_at": match.outcomes["learned_at"],
    }
    if "probabilities" in seen.column_names:
        columns["champion_probabilities"] = champion["probabilities"]
        columns["candidate_probabilities"] = candidate["probabilities"]
    return table(columns)


def _meeting(seen: pa.Table) -> tuple[pa.Table, pa.Table]:
    """What the champion and what the candidate made of the rows that both saw, side by side."""
    champion = seen.filter(pc.equal(seen["variant"], CHAMPION))
    candidate = seen.filter(pc.equal(seen["variant"], CANDIDATE))
    place = pc.index_in(champion["id"], value_set=candidate["id"].combine_chunks())
    champion, place = champion.filter(place.is_valid()), place.drop_null()
    order = pc.sort_indices(champion["served_at"])
    return champion.take(order), candidate.take(place.take(order))


def _where(first: pa.Table, second: pa.Table, chosen: Column) -> pa.Table:
    """The rows of `first` where `chosen`, else those of `second`: what was answered, of the two that saw it."""
    names: Sequence[str] = ("id", "variant", "share", "key_hash", "served_at")
    return table({name: pc.if_else(chosen, first[name], second[name]) for name in names})


def _settled_of(answers: pa.Table, received: pa.Table) -> pa.Table:
    """Outcomes of other rows would take as long to settle."""
    own = pc.is_in(received["prediction"], value_set=answers["id"].combine_chunks())
    return settled(received.filter(own))


def _labels(champion: pa.Table, candidate: pa.Table, match: Matched, target: TargetRule) -> dict[str, Column]:
    """Both outputs and the truth, of one type."""
    otherwise = label_columns("otherwise", [target.otherwise])
    silence = pa.table({name: pa.repeat(array[0], champion.num_rows) for name, array in otherwise.items()})
    sources = [(champion, "output"), (candidate, "output"), (match.outcomes, "value"), (silence, "otherwise")]
    kind = common_kind(sources)
    first, second, outcome, unless = (as_kind(rows, prefix, kind) for rows, prefix in sources)
    given = match.outcomes["prediction"].is_valid()
    truth = pc.if_else(match.mature, pc.if_else(given, outcome, unless), None)
    labels = {"champion": first, "candidate": second, "truth": truth}
    whole = {name: whole_numbers(column) for name, column in labels.items()}
    return whole if len({column.type for column in whole.values()}) == 1 else labels
