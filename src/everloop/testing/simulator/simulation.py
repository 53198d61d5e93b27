"""One simulated workspace from its first deploy to the end of its last cycle."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.publish import published_number
from everloop.records.actor import Actor
from everloop.records.codec import Stored
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.loop import LoopRecord
from everloop.records.verdict import NO_WORSE
from everloop.testing.simulator.anchors import Anchors, opened
from everloop.testing.simulator.baton import Baton
from everloop.testing.simulator.blinded import Blinded
from everloop.testing.simulator.ends import end_of
from everloop.testing.simulator.facts import Facts
from everloop.testing.simulator.faults import Crash
from everloop.testing.simulator.history import History, InvariantBroken
from everloop.testing.simulator.house import EPOCH, House
from everloop.testing.simulator.invariants import broken
from everloop.testing.simulator.life import Life, Stuck
from everloop.testing.simulator.people import Deed, People, attempt
from everloop.testing.simulator.route_files import route_files
from everloop.testing.simulator.scenario import STEP, Scenario, Stretch
from everloop.testing.simulator.site import seconds
from everloop.testing.simulator.surroundings import PlantedSurroundings
from everloop.testing.simulator.visits import Visits
from everloop.testing.simulator.world import World

ADA = Actor(kind="person", name="ada")
DEATHS = 500  # at one moment: more mean that a point can never be passed
LONGEST = 64  # steps in which every cycle ends once nothing goes wrong any more


class Simulation:
    """One workspace, its world, its people and its processes."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.facts = Facts()
        self.story: list[str] = []
        self.house = House(scenario, folder, self._kept)
        self.world = World(scenario, self.house.layout)
        self.planted = PlantedSurroundings(scenario, self.house, self.world.sites)
        self.surroundings = Blinded(self.planted, self.house.points, scenario.seed, scenario.faults.blind)
        self.people = People(scenario.seed, scenario.people, self.house, self.surroundings)
        self._anchors = Anchors()
        self._slips: list[float] = []
        self._visited: list[str] = []
        self._visits = Visits(scenario.visits, self.house.points, self._visit)
        self._baton = Baton()
        self.house.points.border = self._border
        self._lives: list[Life] = []
        self._born = 0
        self._crashes = 0
        self._step = 0

    def run(self) -> History:
        """From the first deploy to the end of the last cycle."""
        with route_files(self.house.points):
            self._begin()
            for _ in range(self.scenario.steps):
                self._next_step()
            self._calm_down()
        return History(
            seed=self.scenario.seed,
            story=tuple(self.story),
            endings=tuple(cycle.ending for cycle in self.facts.cycles.values()),
            end=end_of(self.house.rows),
            points=self.house.points.passed,
            crashes=self._crashes,
            slips=tuple(self._slips),
            visited=tuple(self._visited),
        )

    def _begin(self) -> None:
        """Two versions of each model, of which the first answers, and a loop."""
        for name, site in self.world.sites.items():
            first = self.planted.first_version(name)
            request = DeployRequest(endpoint=name, model=name, version=first)
            deploy(self.house.context(ADA, f"first-{name}"), request)
            self.planted.further_version(name, champion=first)
            loop = LoopRecord(
                name=name,
                endpoint=name,
                model=name,
                dataset=name,
                target=site.target,
                recipes=(),
                policy=self.scenario.policy,
                triggers=self.scenario.triggers,
                audit_share=0.0,
                declared_at=EPOCH,
            )
            with self.house.metadata.transaction() as transaction:
                transaction.add(loop)
        self._lives = [self._new_life(seat) for seat in range(self.scenario.faults.schedulers)]

    def _next_step(self) -> None:
        """Ten minutes go by, and everybody who has something to do does it."""
        faults = self.scenario.faults
        self._step += 1
        self._move_world()
        for step, jump in faults.jumps:
            if step == self._step:
                self._tell(f"the clock jumps by {jump}")
                self.house.clock.advance(jump)
        points = self.house.points
        points.calm, points.full = False, self._within(faults.full_disk)
        points.unpublished = self._within(faults.unpublished)
        deed = self.people.deed(self._step, self.facts)
        if faults.interleaved:
            self._together(deed)
        else:
            self._one_after_another(deed)
        if not points.unpublished:
            self._expect_published()

    def _within(self, stretch: Stretch) -> bool:
        return stretch[0] <= self._step < stretch[1]

    def _calm_down(self) -> None:
        """Nothing goes wrong any more, and nothing new begins: every cycle ends."""
        self.house.points.calm = True
        for name in self.world.sites:
            self._done(self.people.act("pause", f"calm-{name}", name, 1))
        for _ in range(LONGEST):
            for life in self._lives:
                life.turn()
            if not any(self.facts.open_cycles(name) for name in self.world.sites):
                break
            self._step += 1
            self._move_world()
        else:
            still = [str(c) for name in self.world.sites for c in self.facts.open_cycles(name)]
            self._broken(f"{', '.join(still)} did not end within {LONGEST} calm steps")
        self._expect_published()

    def _move_world(self) -> None:
        self.house.clock.advance(STEP)
        self.world.move(self._step, seconds(self.house.clock.now(), EPOCH))
        self.surroundings.unseen = self._within(self.scenario.faults.unseen)
        self.planted.alerts = self.world.alerts(self._step)

    def _one_after_another(self, deed: Deed | None) -> None:
        """A person first, then each scheduler. Whoever dies is there again at once, and so is the person."""
        if deed is not None:
            self._surviving(lambda: self._done(deed))
        for seat in range(len(self._lives)):
            self._surviving(lambda seat=seat: self._lives[seat].turn())  # type: ignore[misc]

    def _together(self, deed: Deed | None) -> None:
        """All at once, taking turns at the borders of transactions."""
        chance = random.Random(f"{self.scenario.seed}/turns/{self._step}")

        def all_of_them() -> None:
            acts = [life.turn for life in self._lives]
            self._baton.run([*acts, *([lambda: self._done(deed)] if deed else [])], chance)

        self._surviving(all_of_them)

    def _surviving(self, act: Callable[[], None]) -> None:
        """Do it until no process dies of it."""
        for _ in range(DEATHS):
            try:
                act()
                return
            except Crash as crash:
                self._died(crash)
            except Stuck as stuck:
                self._broken(str(stuck))
        self._broken(f"died {DEATHS} times at one moment")

    def _died(self, crash: Crash) -> None:
        while True:
            self._crashes += 1
            self._tell(f"the process dies at {crash}")
            try:
                self._lives = [self._new_life(seat) for seat in range(len(self._lives))]
                return
            except Crash as again:
                crash = again

    def _new_life(self, seat: int) -> Life:
        self._born += 1
        life = Life(self.house, self.surroundings, seat, self._born)
        life.open()
        return life

    def _done(self, deed: Deed) -> None:
        self._tell(f"ada: {deed.told}: {attempt(deed)}")

    def _border(self) -> None:
        self._visits.border()
        self._baton.border()

    def _visit(self, number: int) -> None:
        """Somebody does something, whatever the loop is at."""
        deed = self.people.visit(number, self.scenario.visitors, self.facts)
        states = [cycle.state for name in self.world.sites for cycle in self.facts.open_cycles(name)]
        self._visited.append(" and ".join(states) or "closed")
        self._done(deed)

    def _kept(self, written: Sequence[Stored]) -> None:
        """A transaction has taken effect."""
        before = self.facts.copied()
        for record in written:
            self.facts.keep(record)
            if isinstance(record, Event):
                self._tell(f"{record.sequence} {record.actor.name}: {record.action} {_told(record)}")
        event = next((record for record in written if isinstance(record, Event)), None)
        for what in broken(before, self.facts, written, self.house.clock.now()):
            self._broken(what)
        for record in written:
            if isinstance(record, Cycle):
                self._expect_known_truth(record)
            if isinstance(record, (Cycle, Endpoint)) and event is not None:
                for what in self._changed(record, event):
                    self._broken(what)

    def _changed(self, record: Cycle | Endpoint, event: Event) -> Iterator[str]:
        """What is broken about whom later ones are held to, and about who ended a cycle."""
        if isinstance(record, Endpoint):
            cycle = self.facts.cycles.get(str(event.after.get("cycle")))
            yield from self._anchors.broken(record, event, cycle)
            if event.action == "promote" and cycle is not None:
                yield from self._promotion(cycle, record)
        elif record.step == 1:
            yield from opened(record, self.facts.endpoints[record.endpoint])
        elif self.people.wishes.get(event.key) in ("propose", "deploy"):
            yield f"{event.actor.name} brought a version, and {record.id} was moved out of its way unasked"

    def _promotion(self, cycle: Cycle, endpoint: Endpoint) -> Iterator[str]:
        """Promoted on what is seen now, and not on what was seen once."""
        seen = self.surroundings.seen.get(cycle.id)
        if seen != (self.house.clock.now(), cycle.watched):
            yield f"{cycle.candidate} was promoted on what was seen at another moment"
        site = self.world.sites[endpoint.name]
        worth = [site.planted.worth(ref.number, site.world) for ref in (cycle.anchor, endpoint.champion)]
        self._slips.append(worth[0] - worth[1])

    def _expect_known_truth(self, cycle: Cycle) -> None:
        """No verdict on quality rests on more rows than have a truth by now."""
        verdicts = [*cycle.watched, *(verdict for judged in cycle.judged for verdict in judged.verdicts)]
        known = self.world.sites[cycle.endpoint].most_mature
        for verdict in verdicts:
            if verdict.policy == NO_WORSE and verdict.rows > known:
                self._broken(f"{cycle.id} was judged on {verdict.rows} rows, {known} have their truth")

    def _expect_published(self) -> None:
        newest = self.facts.table.number if self.facts.table else 0
        published = published_number(self.house.layout)
        if published != newest:
            self._broken(f"workers follow route table {published}, the newest is {newest}")

    def _tell(self, what: str) -> None:
        self.story.append(f"{self._step:3} {self.house.clock.now():%d %H:%M} {what}")

    def _broken(self, what: str) -> None:
        raise InvariantBroken(self.scenario, what, tuple(self.story))


def _told(event: Event) -> str:
    after = event.after
    what = [str(after[name]) for name in ("cycle", "state", "candidate", "champion") if name in after]
    return f"{event.subject} {' '.join(what)}: {event.reason}"
