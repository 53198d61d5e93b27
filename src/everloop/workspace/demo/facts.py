"""What the ledger says of a demo: how good each version was on the scans of each scanner, and what was captured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evidence.estimate import Estimate
from everloop.evidence.estimates import proportion
from everloop.records.names import parse_version
from everloop.workspace.happenings import Happening

if TYPE_CHECKING:
    from everloop.workspace.ledger import LedgerView

pc: Any = _compute


@dataclass(frozen=True, slots=True, kw_only=True)
class Better:
    """A promotion, with the accuracy of the version that answered before and of the one that answers since.

    Each on every row of the same scanner that it saw, as answer or in the shadow of one: before, up to the promotion;
    after, from its first row on.
    """

    event: str
    before: Estimate
    after: Estimate

    @property
    def is_proven(self) -> bool:
        """Whether the two intervals do not touch."""
        return self.after.low > self.before.high


@dataclass(frozen=True, slots=True)
class Seen:
    """Every row that a version saw and whose truth is known, in the order of the stream: arrays of one length."""

    number: npt.NDArray[np.int64]  # of the row in the stream
    served_at: npt.NDArray[np.int64]  # microseconds
    version: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]


def seen(ledger: "LedgerView", replay: str) -> Seen:
    """What the versions made of the replay's rows."""
    answers = ledger.joined()
    known = answers.filter(answers["truth"].is_valid())
    shadows = ledger.shadows()
    place = pc.index_in(shadows["id"], value_set=known["id"].combine_chunks())
    there = place.is_valid()
    beside = known.take(place.filter(there))
    rows = pa.table(
        {
            "number": pa.array([*_numbers(known, replay), *_numbers(beside, replay)], pa.int64()),
            "served_at": _both(known["served_at"], beside["served_at"]).cast(pa.int64()),
            "version": _both(known["version"], shadows["version"].filter(there)),
            "right": _both(
                pc.equal(known["output"], known["truth"]),
                pc.equal(shadows["output"].filter(there).cast(beside["truth"].type), beside["truth"]),
            ),
        }
    ).sort_by("number")
    return Seen(*(rows[name].to_numpy() for name in ("number", "served_at", "version", "right")))


def captured(ledger: "LedgerView", replay: str, sent: int) -> int:
    """How many of the rows that were sent are in the ledger as an answer, each counted once."""
    numbers = _numbers(ledger.predictions(), replay)
    return len({number for number in numbers if 0 <= number < sent})


def promotions(found: Seen, happenings: Sequence[Happening], changed: int) -> tuple[Better, ...]:
    """Each promotion with its before and after. The scanner was replaced before row `changed` of the stream."""
    told, answers = [], ""
    for happening in happenings:
        if happening.kind == "promoted" and answers:
            better = _better(found, answers, happening, changed)
            told += [better] if better is not None else []
        answers = happening.champion or answers
    return tuple(told)


def _better(found: Seen, champion: str, promoted: Happening, changed: int) -> Better | None:
    at = int(promoted.at.timestamp() * 1e6)
    old, new = (parse_version(name)[1] for name in (champion, promoted.candidate))
    is_late = bool((found.number[found.served_at < at] >= changed).any())
    scanner = (found.number >= changed) == is_late
    before = _accuracy(found.right[scanner & (found.version == old) & (found.served_at < at)])
    after = _accuracy(found.right[scanner & (found.version == new)])
    if before is None or after is None:
        return None
    return Better(event=promoted.line, before=before, after=after)


def _accuracy(right: npt.NDArray[np.bool_]) -> Estimate | None:
    return proportion(int(right.sum()), len(right), "accuracy") if len(right) else None


def _numbers(rows: pa.Table, replay: str) -> list[int]:
    """The numbers that the replay gave its rows; -1 where a row is none of it."""
    own = f"{replay}-"
    return [
        int(name.removeprefix(own)) if name and name.startswith(own) else -1
        for name in rows["caller_id"].to_pylist()
    ]


def _both(first: Any, second: Any) -> Any:  # noqa: ANN401 - columns
    return pa.chunked_array([*first.chunks, *second.chunks])


def drift_after(
    ledger: "LedgerView", replay: str, happenings: Sequence[Happening], changed: int
) -> int | None:
    """How many answers the new scanner's digits had got when drift was raised; None where it was not."""
    rows = ledger.predictions()
    numbers = np.array(_numbers(rows, replay), np.int64)
    late = rows["served_at"].filter(pa.array(numbers >= changed))
    if len(late) == 0:
        return None
    first = pc.min(late).as_py()
    raised = [h.at for h in happenings if h.kind == "alert" and "drift" in h.monitors and h.at >= first]
    if not raised:
        return None
    return int(pc.sum(pc.less_equal(late, pa.scalar(raised[0], late.type))).as_py())
