"""The end of a simulation: every record that stays, without the names that are drawn by chance."""

from collections.abc import Iterator
from dataclasses import replace

from everloop.records.codec import Stored, to_json
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable
from everloop.stores.metadata import MetadataStore

STAY = (Endpoint, RouteTable, LoopRecord, LoopStanding, Cycle, ModelVersion, DatasetVersion, Event)
BY_CHANCE = "key_"  # how a key begins that nobody gave


def end_of(metadata: MetadataStore) -> tuple[str, ...]:
    """The records that a run without faults has to leave as well; jobs tell how often they were tried, so not they."""
    return tuple(to_json(record).decode() for record in _records(metadata))


def _records(metadata: MetadataStore) -> Iterator[Stored]:
    with metadata.transaction() as transaction:
        for kind in STAY:
            yield from (_named(record) for record in transaction.find(kind))


def _named(record: Stored) -> Stored:
    match record:
        case Endpoint():
            return replace(record, salt="")
        case RouteTable():
            return replace(record, routes=tuple(replace(route, salt="") for route in record.routes))
        case Event() if record.key.startswith(BY_CHANCE):
            return replace(record, key="")
        case _:
            return record
