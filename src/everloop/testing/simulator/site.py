"""The twin of an endpoint's data plane and ledger: who answered which row, and what has come back so far."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from everloop.records.routes import Route
from everloop.serving.split import Split
from everloop.testing.simulator.planted import Planted
from everloop.testing.simulator.scenario import Scenario

NEVER = np.inf
COLUMNS = {
    "served_at": np.float64,  # seconds since EPOCH, by the clock of the machine at that time
    "learned_at": np.float64,  # of the newest revision; never: it is not known
    "difficulty": np.float64,
    "world": np.int64,
    "label": np.int64,
    "came": np.int64,  # of the label, or, where truth is a reaction, of the answer: 1 if it was the label
    "value": np.int64,  # the newest revision of that
    "version": np.int64,  # that answered
    "rollout": np.int64,  # number of the cycle that rolls out, 0: none
    "candidate": np.int64,  # that answered, or answered unseen; 0: none did
    "by_candidate": np.int64,
    "share": np.float64,  # of the candidate then
    "lone": np.int64,  # 1: the shadow's answer was lost
    "heard": np.int64,  # 1: an outcome of it has come, whatever the clock says
}
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An outcome on its way: for these rows, at that step."""

    rows: npt.NDArray[np.int64]
    right: bool


class Site:
    """One endpoint's rows, as arrays that grow."""

    def __init__(self, name: str, scenario: Scenario) -> None:
        self.name = name
        self.target = scenario.target
        self.planted = Planted(f"{scenario.seed}/{name}", scenario.gains, scenario.defects)
        self.world = 0
        self.rows = 0
        self.moved = 0  # how often it was served or learned from
        self._outcomes = scenario.outcomes
        self._shadows_lost = scenario.faults.shadows_lost
        self._chance = np.random.default_rng([scenario.seed, *name.encode()])
        self._columns = {column: np.zeros(4096, dtype=kind) for column, kind in COLUMNS.items()}
        self._letters: dict[int, list[Letter]] = defaultdict(list)

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column, a value a row."""
        return self._columns[name][: self.rows]

    def serve(self, route: Route, count: int, at: float, length: float, step: int) -> None:
        """So many rows are answered, by whom the route says, within `length` seconds from `at` on."""
        self.moved += 1
        draws = self._chance.random((count, 8))
        first = self.rows
        new = np.arange(first, first + count)
        chosen = _chosen(Split([variant.share for variant in route.variants]), draws[:, 0])
        numbers = np.array([variant.version for variant in route.variants])
        rolling = len(route.variants) > 1
        self._grow(count)
        self.rows += count
        label = (draws[:, 2] < 0.5).astype(np.int64)
        fresh = {
            "served_at": at + np.sort(draws[:, 1]) * length,
            "learned_at": np.full(count, NEVER),
            "difficulty": draws[:, 3],
            "world": np.full(count, self.world),
            "label": label,
            "came": label,
            "value": label,
            "version": numbers[chosen],
            "rollout": np.full(count, int(route.rollout.rpartition(".")[2]) if rolling else 0),
            "candidate": np.full(count, numbers[-1] if rolling else 0),
            "by_candidate": (chosen > 0).astype(np.int64),
            "share": np.full(count, route.variants[-1].share if rolling else 0.0),
            "heard": np.zeros(count, dtype=np.int64),
            "lone": (draws[:, 4] < self._shadows_lost).astype(np.int64),
        }
        for column, values in fresh.items():
            self._columns[column][first : self.rows] = values
        if self.target.truth == "reaction":
            for number in numbers:
                mine = new[numbers[chosen] == number]
                right = self.answers(number, live=True, first=first)[mine - first] == label[mine - first]
                self._columns["came"][mine] = right
        self._post(new, draws, step)

    def learn(self, step: int, now: float) -> None:
        """The outcomes of this step come in, known from now on."""
        self.moved += 1
        lost = self._outcomes.lost[0] <= step < self._outcomes.lost[1]
        for letter in self._letters.pop(step, ()):
            if lost:
                continue
            came = self._columns["came"][letter.rows]
            self._columns["value"][letter.rows] = came if letter.right else 1 - came
            self._columns["learned_at"][letter.rows] = now
            self._columns["heard"][letter.rows] = 1

    @property
    def most_mature(self) -> int:
        """More rows than these cannot have a truth by now, however the clock jumped."""
        return self.rows if self.target.within is not None else int(self.column("heard").sum())

    def mature(self, now: float) -> Flags:
        """Of which rows the truth may be used now."""
        known: Flags = self.column("learned_at") <= now
        if self.target.within is None:
            return known
        closed: Flags = self.column("served_at") + self.target.within.total_seconds() <= now
        return closed

    def truth(self, now: float) -> npt.NDArray[np.int64]:
        """The truth as far as it is known now; for rows that are mature."""
        known = self.column("learned_at") <= now
        silent = 0 if self.target.otherwise is None else int(self.target.otherwise)
        return np.where(known, self.column("value"), silent)

    def answers(self, number: int, *, live: bool = False, first: int = 0) -> npt.NDArray[np.int64]:
        """What a version answers to the rows from `first` on; `live`: as they came, and not scored again later."""
        rows = slice(first, self.rows)
        right = self.planted.right(
            number, self._columns["difficulty"][rows], self._columns["world"][rows], first
        )
        label = self._columns["label"][rows]
        made = np.where(right, label, 1 - label)
        return np.where(self.planted.leaning(number, self.rows, first), 1, made) if live else made

    def _post(self, new: npt.NDArray[np.int64], draws: Numbers, step: int) -> None:
        """Put the outcomes of these rows on their way: late, wrong at first, twice, or never."""
        rules = self._outcomes
        steps = np.floor(-rules.delay * np.log1p(-draws[:, 5])).astype(np.int64)
        comes = draws[:, 6] >= rules.never
        wrong, again = draws[:, 7] < rules.wrong_first, draws[:, 7] > 1 - rules.twice
        for delay in np.unique(steps[comes]):
            due = comes & (steps == delay)
            for rows, right in ((new[due & ~wrong], True), (new[due & wrong], False)):
                if len(rows):
                    self._letters[step + int(delay)].append(Letter(rows=rows, right=right))
            later = step + int(delay) + 2
            if (due & (wrong | again)).any():
                self._letters[later].append(Letter(rows=new[due & (wrong | again)], right=True))

    def _grow(self, count: int) -> None:
        size = len(self._columns["served_at"])
        if self.rows + count > size:
            self._columns = {c: np.concatenate([v, np.zeros_like(v)]) for c, v in self._columns.items()}


def _chosen(split: Split, places: Numbers) -> npt.NDArray[np.int64]:
    """Who answers at each place, by number among the variants."""
    if split.is_whole:
        return np.full(len(places), split.at(0.0))
    return np.array([split.at(place) for place in places])


def seconds(moment: datetime, epoch: datetime) -> float:
    """A moment as the sites keep it."""
    return (moment - epoch) / timedelta(seconds=1)
