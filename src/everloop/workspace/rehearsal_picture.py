"""The picture of a rehearsal: the share of right answers along the rows that were sent, and what happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.picture.drawn import Kind, Line, Mark, Point, Scene
from everloop.evidence.estimates import proportion
from everloop.workspace.before_after import CHANGES
from everloop.workspace.happenings import Happening

pc: Any = _compute
POINTS = 40  # in the whole picture, about
LEAST_ROWS = 30  # of a point: with fewer its band hides the others
DRAWN: dict[str, tuple[Kind, str]] = {
    "deployed": ("live", "goes live"),
    "promoted": ("promoted", "promoted"),
    "refused": ("refused", "refused by the gates"),
    "rolled back": ("rolled back", "rolled back"),
}
Numbers = npt.NDArray[np.int64]


def rehearsal_scene(rows: pa.Table, happenings: Sequence[Happening], *, title: str) -> Scene:
    """What is drawn; `rows` is `LedgerView.joined` of classes. A row lies where it was answered."""
    ordered = rows.sort_by([("served_at", "ascending"), ("id", "ascending")])
    served = ordered["served_at"].cast(pa.int64()).to_numpy()
    known = pc.and_(ordered["mature"], pc.and_(ordered["truth"].is_valid(), ordered["output"].is_valid()))
    right = pc.fill_null(pc.equal(ordered["output"].cast(ordered["truth"].type), ordered["truth"]), False)
    versions = np.array(_references(ordered))
    seen = _Seen(served, versions, np.array(known), np.array(right))
    return Scene(
        title=title,
        subtitle="Answers that were right, with 95 % intervals.",
        across="rows answered",
        end=float(max(1, len(served))),
        lines=list(_lines(seen, [h for h in happenings if h.kind in CHANGES])),
        marks=list(_marks(seen, happenings)),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Arrays over the answered rows, in their order."""

    served: Numbers
    versions: npt.NDArray[np.str_]
    known: npt.NDArray[np.bool_]
    right: npt.NDArray[np.bool_]

    def place(self, happening: Happening) -> int:
        """How many rows had been answered by then."""
        return int(np.searchsorted(self.served, int(happening.at.timestamp() * 1e6), side="right"))


def _references(rows: pa.Table) -> list[str]:
    return [f"{m}@{v}" for m, v in zip(rows["model"].to_pylist(), rows["version"].to_pylist(), strict=True)]


def _lines(seen: _Seen, reigns: Sequence[Happening]) -> Iterator[Line]:
    starts = [seen.place(reign) for reign in reigns]
    for reign, start, stop in zip(reigns, starts, [*starts[1:], len(seen.served)], strict=True):
        own = np.flatnonzero((seen.versions[start:stop] == reign.champion) & seen.known[start:stop]) + start
        points = list(_points(own, seen.right, max(LEAST_ROWS, len(seen.served) // POINTS)))
        if points:
            yield Line(name=reign.champion, role="champion", points=points)


def _points(places: Numbers, right: npt.NDArray[np.bool_], size: int) -> Iterator[Point]:
    for part in np.array_split(places, max(1, len(places) // size)):
        if len(part):
            found = proportion(int(right[part].sum()), len(part), "accuracy")
            yield Point(x=float(part.mean()), value=found.value, low=found.low, high=found.high)


def _marks(seen: _Seen, happenings: Sequence[Happening]) -> Iterator[Mark]:
    """Of alerts only the first of each monitor: where the world moves there are many."""
    told: set[str] = set()
    for happening in happenings:
        x, why = float(seen.place(happening)), _sentence(happening.reason)
        if happening.kind in DRAWN:
            kind, words = DRAWN[happening.kind]
            yield Mark(x=x, kind=kind, what=f"{happening.candidate or happening.champion} {words}", why=why)
        elif happening.kind == "alert" and (fresh := [m for m in happening.monitors if m not in told]):
            told |= set(fresh)
            yield Mark(x=x, kind="alert", what=f"Alert of {' and '.join(fresh)}", why=why)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
