"""The picture of a rehearsal: quality along the rows that were sent, and what happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.evaluation.picture.drawn import Kind, Line, Mark, Point, Scene
from everloop.workspace.before_after import CHANGES
from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal_worth import Scores, estimate_of

POINTS = 40  # in the whole picture, about
LEAST_ROWS = 30  # of a point: with fewer its band hides the others
DRAWN: dict[str, tuple[Kind, str]] = {
    "deployed": ("live", "goes live"),
    "promoted": ("promoted", "promoted"),
    "refused": ("refused", "refused by the gates"),
    "rolled back": ("rolled back", "rolled back"),
}
Numbers = npt.NDArray[np.int64]


def rehearsal_scene(scores: Scores, happenings: Sequence[Happening], *, title: str, first: str) -> Scene:
    """What is drawn; a row lies where it was answered.

    From the first promotion on the first version has a line of its own: how good it would have been.
    """
    served = scores.rows["served_at"].cast(pa.int64()).to_numpy()
    seen = _Seen(served, np.array(_references(scores.rows)), scores)
    reigns = [h for h in happenings if h.kind in CHANGES]
    replaced = next((seen.place(h) for h in reigns if h.kind == "promoted"), len(served))
    alone = list(seen.points(np.flatnonzero(scores.known[replaced:]) + replaced, scores.frozen))
    never = [Line(name=f"{first}, never replaced", role="candidate", points=alone)] if alone else []
    flags = scores.metric.name == "accuracy"
    told = "Answers that were right" if flags else "How far answers were off (mae): lower is better"
    return Scene(
        title=title,
        subtitle=f"{told}, with 95 % intervals.",
        across="rows answered",
        end=float(max(1, len(served))),
        lines=[*_lines(seen, reigns), *never],
        marks=list(_marks(seen, happenings)),
        values="shares" if flags else "numbers",
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Arrays over the answered rows, in their order."""

    served: Numbers
    versions: npt.NDArray[np.str_]
    scores: Scores

    def place(self, happening: Happening) -> int:
        """How many rows had been answered by then."""
        return int(np.searchsorted(self.served, int(happening.at.timestamp() * 1e6), side="right"))

    def points(self, places: Numbers, of: npt.NDArray[np.float64]) -> Iterator[Point]:
        """Windows of about equal size over these rows."""
        size = max(LEAST_ROWS, len(self.served) // POINTS)
        for part in np.array_split(places, max(1, len(places) // size)):
            found = estimate_of(self.scores.metric, of[part])
            if found is not None:
                yield Point(x=float(part.mean()), value=found.value, low=found.low, high=found.high)


def _references(rows: pa.Table) -> list[str]:
    return [f"{m}@{v}" for m, v in zip(rows["model"].to_pylist(), rows["version"].to_pylist(), strict=True)]


def _lines(seen: _Seen, reigns: Sequence[Happening]) -> Iterator[Line]:
    starts = [seen.place(reign) for reign in reigns]
    for reign, start, stop in zip(reigns, starts, [*starts[1:], len(seen.served)], strict=True):
        own = (seen.versions[start:stop] == reign.champion) & seen.scores.known[start:stop]
        points = list(seen.points(np.flatnonzero(own) + start, seen.scores.served))
        if points:
            yield Line(name=reign.champion, role="champion", points=points)


def _marks(seen: _Seen, happenings: Sequence[Happening]) -> Iterator[Mark]:
    """Of alerts only the first of each monitor: where the world moves there are many."""
    told: set[str] = set()
    for happening in happenings:
        x, why = float(seen.place(happening)), _sentence(happening.reason)
        if happening.kind in DRAWN:
            kind, words = DRAWN[happening.kind]
            who = happening.candidate or (happening.champion if kind == "live" else "Candidate")
            yield Mark(x=x, kind=kind, what=f"{who} {words}", why=why)
        elif happening.kind == "alert" and (fresh := [m for m in happening.monitors if m not in told]):
            told |= set(fresh)
            yield Mark(x=x, kind="alert", what=f"Alert of {' and '.join(fresh)}", why=why)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
