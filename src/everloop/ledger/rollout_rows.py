"""The answers of a rollout, each with what champion and candidate made of its row, and with its truth.

Whichever of the two answered, the other one shadowed it under the same id: the same inputs, so that each row compares
the two by itself.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc, table
from everloop.ledger.join import Matched, matched
from everloop.ledger.labels import KINDS, as_kind, common_kind, label_columns, whole_numbers
from everloop.ledger.settled import settled
from everloop.records.routes import CANDIDATE, CHAMPION
from everloop.records.target import TargetRule

OUTPUTS = tuple(f"output.{kind}" for kind in KINDS)
COLUMNS = ("id", "variant", "shadow", "share", "key_hash", "served_at", "latency_ms", "error", *OUTPUTS)


def rollout_rows(seen: pa.Table, received: pa.Table, target: TargetRule, now: datetime) -> pa.Table:
    """One row an answer, in the order in which they were served.

    `seen` has `COLUMNS` and `taught`, and perhaps `probabilities`, of answers and shadows; `received` are outcomes as
    they came.

    - `id`, `variant` (who answered), `share` (the chance that it was chosen with), `candidate_share` (the candidate's
      chance then), `key_hash`, `served_at`, `latency_ms` and `error` are the answer's. `taught` says whether either
      version was fitted on such a row.
    - `output` is the answer, `champion` and `candidate` what each of them made of the row, and `truth` what came back,
      null until it is mature; the four are of one type. `<who>_seen` says whether it had the row at all, and
      `<who>_failed` whether it failed on it.
    - `mature`, `mature_at` and `learned_at` are as in `join.joined`.
    - `champion_probabilities` and `candidate_probabilities` are there if `seen` has `probabilities`.
    """
    answers = seen.filter(pc.invert(seen["shadow"]))
    answers = answers.take(pc.sort_indices(answers["served_at"]))
    shadows = seen.filter(seen["shadow"])
    places = {who: _places(answers, shadows, who) for who in (CHAMPION, CANDIDATE)}
    both = pa.concat_tables([answers, shadows])
    made = {who: both.take(place) for who, place in places.items()}
    match = matched(answers, settled(received), target, now)
    own = pc.equal(answers["variant"], CANDIDATE)
    columns: dict[str, Column] = {
        **{name: answers[name] for name in ("id", "variant", "share")},
        "candidate_share": pc.if_else(own, answers["share"], pc.subtract(1.0, answers["share"])),
        **{name: answers[name] for name in ("key_hash", "served_at", "latency_ms", "error", "taught")},
        **_labels({"output": answers, **made}, match, target),
    }
    for who, rows in made.items():
        columns[f"{who}_seen"] = places[who].is_valid()
        columns[f"{who}_failed"] = rows["error"].is_valid()
        if "probabilities" in seen.column_names:
            columns[f"{who}_probabilities"] = rows["probabilities"]
    columns |= {"mature": match.mature, "mature_at": match.mature_at}
    return table({**columns, "learned_at": match.outcomes["learned_at"]})


def _places(answers: pa.Table, shadows: pa.Table, who: str) -> Column:
    """Where in answers, then shadows, the row of `who` is for each answer; null where it did not see it."""
    mine = pc.indices_nonzero(pc.equal(shadows["variant"], who))
    places = pc.index_in(answers["id"], value_set=shadows["id"].take(mine).combine_chunks())
    elsewhere = pc.add(mine.take(places.combine_chunks()), answers.num_rows).cast(pa.int64())
    return pc.if_else(pc.equal(answers["variant"], who), _numbered(answers), elsewhere)


def _numbered(rows: pa.Table) -> Column:
    numbers: Numbers = np.arange(rows.num_rows)
    return pa.array(numbers)


def _labels(outputs: dict[str, pa.Table], match: Matched, target: TargetRule) -> dict[str, Column]:
    """The outputs and the truth, of one type."""
    otherwise = label_columns("otherwise", [target.otherwise])
    rows = match.outcomes.num_rows
    silence = pa.table({name: pa.repeat(array[0], rows) for name, array in otherwise.items()})
    sources: Sequence[tuple[pa.Table, str]] = [
        *((made, "output") for made in outputs.values()),
        (match.outcomes, "value"),
        (silence, "otherwise"),
    ]
    kind = common_kind(sources)
    *made, outcome, unless = (as_kind(rows, prefix, kind) for rows, prefix in sources)
    given = match.outcomes["prediction"].is_valid()
    truth = pc.if_else(match.mature, pc.if_else(given, outcome, unless), None)
    labels = {**dict(zip(outputs, made, strict=True)), "truth": truth}
    whole = {name: whole_numbers(column) for name, column in labels.items()}
    return whole if len({column.type for column in whole.values()}) == 1 else labels
