"""Route tables: made in a transaction, published to the workers after it."""

from datetime import datetime

from everloop.errors import StoredFormatUnknown
from everloop.records.codec import from_json, to_json
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.routes import Route, RouteTable, Variant
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout
from everloop.stores.metadata import MetadataStore, Transaction


def next_table(transaction: Transaction, route: Route, now: datetime) -> RouteTable:
    """The newest table with `route` in it, kept under the next number."""
    newest = newest_table(transaction)
    others = tuple(r for r in newest.routes if r.endpoint != route.endpoint) if newest else ()
    routes = tuple(sorted((*others, route), key=lambda r: r.endpoint))
    table = RouteTable(number=newest.number + 1 if newest else 1, published_at=now, routes=routes)
    transaction.add(table)
    return table


def newest_table(transaction: Transaction) -> RouteTable | None:
    """The table with the largest number."""
    return next(iter(transaction.find(RouteTable, newest=1)), None)


def newest_number(transaction: Transaction) -> int:
    """Its number, 0 if there is none."""
    table = newest_table(transaction)
    return table.number if table else 0


def champion_route(endpoint: Endpoint, version: ModelVersion) -> Route:
    """All traffic to one version."""
    champion = Variant(
        name="champion", model=version.model, version=version.number, bundle=version.bundle, share=1.0
    )
    return Route(endpoint=endpoint.name, salt=endpoint.salt, variants=(champion,))


def publish_newest(layout: Layout, metadata: MetadataStore) -> int:
    """Put the newest table where workers look, unless it is there; answers its number, 0 if there is none.

    Called after each change and when a workspace is opened: a crash between the two loses nothing. It reads,
    compares and writes inside a transaction, which one thread has at a time: no older table replaces a newer one.
    """
    with metadata.transaction() as transaction:
        table = newest_table(transaction)
        if table is not None and published_number(layout) < table.number:
            _write(layout, table)
    return table.number if table else 0


def published_number(layout: Layout) -> int:
    """The number of the table that workers follow, 0 if there is none that can be read."""
    try:
        return from_json(RouteTable, (layout.routes / "current.json").read_bytes()).number
    except (FileNotFoundError, StoredFormatUnknown):
        return 0


def _write(layout: Layout, table: RouteTable) -> None:
    layout.routes.mkdir(parents=True, exist_ok=True)
    data = to_json(table)
    for name in (f"{table.number}.json", "current.json"):
        write_whole(layout.routes / name, data)
