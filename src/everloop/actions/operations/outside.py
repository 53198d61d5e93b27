"""Endpoints whose model somebody else serves."""

from everloop.actions.operation import Operation
from everloop.actions.watch_endpoint import Watching, WatchRequest, watch_endpoint

WATCH = Operation(
    name="watch",
    method="POST",
    path="/endpoints/{endpoint}/watch",
    request=WatchRequest,
    response=Watching,
    run=watch_endpoint,
    summary="Declare an endpoint whose model is served elsewhere, and whose answers are recorded.",
)

ACTIONS = (WATCH,)
