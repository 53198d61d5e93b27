"""All that the transactions of a simulation have kept: a mirror of the metadata, which costs no reading."""

from dataclasses import dataclass, field

from everloop.records.codec import Stored
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.job import Job
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable


@dataclass(slots=True)
class Facts:
    """The newest of each record."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    cycles: dict[str, Cycle] = field(default_factory=dict)
    loops: dict[str, LoopRecord] = field(default_factory=dict)
    standings: dict[str, LoopStanding] = field(default_factory=dict)
    versions: dict[str, ModelVersion] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    table: RouteTable | None = None

    def keep(self, record: Stored) -> None:
        """Take in one record that a transaction has written."""
        match record:
            case Endpoint():
                self.endpoints[record.name] = record
            case Cycle():
                self.cycles[record.id] = record
            case LoopRecord():
                self.loops[record.name] = record
            case LoopStanding():
                self.standings[record.name] = record
            case ModelVersion():
                self.versions[str(record)] = record
            case Job():
                self.jobs[record.key] = record
            case Event():
                self.events.append(record)
            case RouteTable():
                self.table = record

    def copied(self) -> "Facts":
        """These facts as they are now."""
        return Facts(
            endpoints=dict(self.endpoints),
            cycles=dict(self.cycles),
            loops=dict(self.loops),
            standings=dict(self.standings),
            versions=dict(self.versions),
            jobs=dict(self.jobs),
            events=list(self.events),
            table=self.table,
        )

    def open_cycles(self, endpoint: str) -> list[Cycle]:
        """The endpoint's cycles that are not closed."""
        return [c for c in self.cycles.values() if c.endpoint == endpoint and c.state != "closed"]

    def loop_at(self, endpoint: str) -> LoopRecord | None:
        """The loop of an endpoint."""
        return next((loop for loop in self.loops.values() if loop.endpoint == endpoint), None)

    def standing(self, loop: str) -> LoopStanding:
        """Where a loop stands."""
        return self.standings.get(loop) or LoopStanding(name=loop)
