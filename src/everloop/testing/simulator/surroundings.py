"""The twin of what the loop sees and has done: works that act on the real metadata, looks at planted truth."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.actions.context import Change, Context, recorded
from everloop.actions.watch_rollout import plan_of
from everloop.errors import TrainingFailed
from everloop.evaluation.metric import unknowable
from everloop.events import log as events
from everloop.loop.sight import Fitted, Gated, News, Pinned, Raised, Reported, Watched
from everloop.records.cycle import Cycle, Judged
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopRecord
from everloop.records.model_version import ModelVersion
from everloop.records.verdict import Judgement, Verdict
from everloop.registry.versions import register
from everloop.stores.metadata import Transaction
from everloop.testing.simulator.house import EPOCH, House
from everloop.testing.simulator.looks import gate_verdict, rollout_verdicts
from everloop.testing.simulator.scenario import Scenario
from everloop.testing.simulator.site import Flags, Site, seconds

FEWEST = 20  # rows that the gates look at
RECIPE_FAILS = 0.08
ALL_FAIL = 0.04


class PlantedSurroundings:
    """The `Surroundings` of a simulated house. Its works have their effects once, as the real ones do."""

    def __init__(self, scenario: Scenario, house: House, sites: Mapping[str, Site]) -> None:
        self._scenario = scenario
        self._house = house
        self._sites = sites
        self._watched: dict[str, tuple[object, Watched]] = {}  # newest, by the cycle
        self.alerts: tuple[Raised, ...] = ()  # that are open

    def first_version(self, name: str) -> int:
        """Register the version that answers first; its number."""
        return self._planted(self._house.for_loop(f"first/{name}"), name, 0, "first", None).number

    def further_version(self, name: str, *, champion: int) -> int:
        """Register another, which somebody may propose; its number."""
        return self._planted(self._house.for_loop(f"further/{name}"), name, 0, "further", champion).number

    def news(self, context: Context, loop: LoopRecord) -> News:
        """Mature rows, and the alerts."""
        return News(mature=int(self._mature(context, loop.endpoint).sum()), alerts=self.alerts)

    def mature(self, context: Context, cycle: Cycle) -> int:
        """Rows that the gates could look at."""
        return int(self._gated_rows(context, cycle).sum())

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        """The real policies on the rows of the rollout. While nothing moves they say the same."""
        site, plan, now = self._sites[cycle.endpoint], plan_of(context, cycle), _now(context)
        moment = site.moved, now, plan, cycle.stage
        known = self._watched.get(cycle.id)
        if known is None or known[0] != moment:
            watched = rollout_verdicts(cycle, plan, site, now, thorough=self._scenario.thorough)
            known = self._watched[cycle.id] = moment, watched
        return known[1]

    def pin(self, context: Context, cycle: Cycle) -> Pinned:
        """The mature rows that no version holds, all but the latest of them, as a new version."""
        with context.metadata.transaction() as transaction:
            earlier = events.by_key(transaction, context.key)
        if earlier is not None:
            return msgspec.convert(earlier.result, Pinned)
        newest = self._newest_data(context, cycle.endpoint)
        rows = self._fresh(context, cycle, newest)
        if not len(rows):
            return Pinned(version=newest.number if newest else 0, evaluate_from=None)
        cut = int(len(rows) * (1 - cycle.policy.evaluation_share))
        served = self._sites[cycle.endpoint].column("served_at")
        kept_from = EPOCH + timedelta(seconds=float(served[rows[min(cut, len(rows) - 1)]]))
        number = context.tables.append(
            _table(cycle), pa.table({"row": pa.array(rows[:cut])}), marks=[context.key]
        )
        return recorded(
            context,
            "fold_answers",
            [cycle.id, cycle.step],
            Pinned,
            lambda t: self._folded(context, t, cycle, number, kept_from),
        )

    def fit(self, context: Context, cycle: Cycle) -> Fitted:
        """A version for each recipe whose training does not fail."""
        if random.Random(f"{self._scenario.seed}/fit/{cycle.id}").random() < ALL_FAIL:
            raise TrainingFailed("The machine has no memory left.")
        made, errors = [], []
        for recipe in range(1 + self._scenario.rivals):
            fit = f"{cycle.id}-{recipe}"
            if random.Random(f"{self._scenario.seed}/fit/{fit}").random() < RECIPE_FAILS:
                errors.append(f"recipe {recipe} failed")
            else:
                own = replace(context, key=f"{context.key}/{fit}")
                made.append(self._planted(own, cycle.endpoint, cycle.data or 0, fit, cycle.champion.number))
        runs = tuple(f"{cycle.id}-{ref.number}" for ref in made)
        return Fitted(runs=runs, candidates=tuple(made), errors=tuple(errors))

    def judge(self, context: Context, cycle: Cycle) -> Gated:
        """Every candidate against the champion and the anchor, on the same mature rows."""
        rows = self._gated_rows(context, cycle)
        judged = tuple(self._judged(context, cycle, candidate, rows) for candidate in cycle.candidates)
        passing = [j for j in judged if all(v.verdict == "pass" for v in j.verdicts if v.needed)]
        best = max(passing, key=lambda j: j.verdicts[0].value or 0.0, default=None)
        open_still = any(all(v.verdict != "fail" for v in j.verdicts) for j in judged)
        count = int(rows.sum())
        return Gated(
            judged=judged,
            winner=best.candidate if best else None,
            undecided=best is None and open_still,
            reason=f"{len(passing)} of {len(judged)} candidates passed on {count} rows",
            rows=count,
        )

    def report(self, context: Context, cycle: Cycle) -> Reported:
        """A page."""
        return Reported(report=context.blobs.write(f"# Cycle {cycle.id}\n\n{cycle.ending}\n".encode()))

    def _mature(self, context: Context, endpoint: str) -> Flags:
        return self._sites[endpoint].mature(_now(context))

    def _gated_rows(self, context: Context, cycle: Cycle) -> Flags:
        mature = self._mature(context, cycle.endpoint)
        since = cycle.evaluate_from
        if since is None:
            return mature
        later: Flags = self._sites[cycle.endpoint].column("served_at") >= seconds(since, EPOCH)
        return mature & later

    def _newest_data(self, context: Context, dataset: str) -> DatasetVersion | None:
        with context.metadata.transaction() as transaction:
            return next(iter(transaction.find(DatasetVersion, dataset=dataset, newest=1)), None)

    def _fresh(self, context: Context, cycle: Cycle, newest: DatasetVersion | None) -> npt.NDArray[np.int64]:
        """Mature rows that are in no version. What a pin left behind that died half-way is taken back first."""
        mature = np.flatnonzero(self._mature(context, cycle.endpoint))
        table = _table(cycle)
        present = context.tables.snapshot(table)
        if present is None:
            return mature
        recorded_version = newest.table_version if newest else 0
        if present.version != recorded_version and not present.has(context.key):
            context.tables.restore(table, recorded_version)
        folded = context.tables.snapshot(table, recorded_version)
        return mature if folded is None else mature[~np.isin(mature, folded.read()["row"].to_numpy())]

    def _folded(
        self, context: Context, transaction: Transaction, cycle: Cycle, number: int, kept_from: datetime
    ) -> Change[Pinned]:
        now = context.clock.now()
        found = transaction.find(DatasetVersion, dataset=cycle.endpoint, newest=1)
        version = DatasetVersion(
            dataset=cycle.endpoint,
            number=found[0].number + 1 if found else 1,
            table_version=number,
            digest="d",
            rows=0,
            added=0,
            fields=(),
            created_at=now,
            key=context.key,
            until=now,
        )
        transaction.add(version)
        pinned = Pinned(version=version.number, evaluate_from=kept_from, detail=f"version {version.number}")
        return Change(result=pinned, subject=f"dataset:{cycle.endpoint}", after={"version": version.number})

    def _planted(self, context: Context, name: str, data: int, fit: str, champion: int | None) -> VersionRef:
        """A version, registered once whatever happens, and worth what the seed says."""
        site = self._sites[name]
        version = self._house.version(name, data, site.target, fit)
        kept = recorded(context, "finish_run", fit, ModelVersion, lambda t: _registered(t, version))
        site.planted.plant(kept.number, site.world, champion)
        return VersionRef(model=kept.model, number=kept.number)

    def _judged(self, context: Context, cycle: Cycle, candidate: VersionRef, rows: Flags) -> Judged:
        site = self._sites[cycle.endpoint]
        own = site.answers(candidate.number)[rows]
        if site.target.truth == "reaction":  # gates cannot tell; those that can look at something else
            return Judged(
                candidate=candidate, verdicts=(_is_no_constant(own), unknowable("E101", "accuracy"))
            )
        truth = site.truth(_now(context))[rows]
        against = {cycle.champion: "the champion"} | (
            {cycle.anchor: f"the anchor {cycle.anchor}"} if cycle.anchor != cycle.champion else {}
        )
        verdicts = tuple(
            gate_verdict(
                cycle.policy.gates[0].margin,
                own == truth,
                site.answers(other.number)[rows] == truth,
                name=f"no worse than {other}",
                against=told,
                fewest=FEWEST,
                thorough=self._scenario.thorough,
            )
            for other, told in against.items()
        )
        return Judged(candidate=candidate, verdicts=verdicts)


def _is_no_constant(answers: npt.NDArray[np.int64]) -> Verdict:
    rows = len(answers)
    verdict: Judgement = "undecided" if rows < FEWEST else "fail" if len(np.unique(answers)) == 1 else "pass"
    name = "no constant"
    return Verdict(policy="E004", name=name, verdict=verdict, reason=f"{name}: {verdict}", rows=rows)


def _registered(transaction: Transaction, version: ModelVersion) -> Change[ModelVersion]:
    kept = register(transaction, version)
    return Change(result=kept, subject=f"model:{kept.model}", after={"version": str(kept)})


def _table(cycle: Cycle) -> str:
    return f"datasets/{cycle.endpoint}"


def _now(context: Context) -> float:
    return seconds(context.clock.now(), EPOCH)
