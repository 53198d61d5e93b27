"""The world around a simulated workspace: traffic that follows the published routes, outcomes, drift and alerts."""

from everloop.loop.sight import Raised
from everloop.records.codec import from_json
from everloop.records.routes import RouteTable
from everloop.stores.layout import Layout
from everloop.testing.simulator.scenario import STEP, Scenario
from everloop.testing.simulator.site import Site

NOTICED_AFTER = 2  # steps


class World:
    """All endpoints, of which some have routes."""

    def __init__(self, scenario: Scenario, layout: Layout) -> None:
        self.sites = {name: Site(name, scenario) for name in ("churn", "spam")[: scenario.endpoints]}
        self._scenario = scenario
        self._published = layout.routes / "current.json"
        self._read: tuple[bytes, RouteTable] | None = None

    def move(self, step: int, now: float) -> None:
        """What happens between this step and the last: answers by the routes that workers follow, and outcomes."""
        table = self._table()
        drifting = [number for number in range(len(self._scenario.drifts)) if self._drifts(number, step)]
        for site in self.sites.values():
            site.world = drifting[-1] + 1 if drifting else 0
            route = table.route(site.name)
            if route is not None:
                length = STEP.total_seconds()
                site.serve(route, self._scenario.rows, now - length, length, step)
            site.learn(step, now)

    def alerts(self, step: int) -> tuple[Raised, ...]:
        """Those that are open: a drift is noticed a while after it began, and for a while after it ended."""
        numbers = range(len(self._scenario.drifts))
        seen = [number for number in numbers if self._drifts(number, step - NOTICED_AFTER)]
        return tuple(Raised(mark=f"drift-{number}", detail=f"drift {number}") for number in seen)

    def _drifts(self, number: int, step: int) -> bool:
        begin, end = self._scenario.drifts[number]
        return begin <= step < end and not (self._scenario.flapping and step // 2 % 2)

    def _table(self) -> RouteTable:
        data = self._published.read_bytes()
        if self._read is None or self._read[0] != data:
            self._read = data, from_json(RouteTable, data)
        return self._read[1]
