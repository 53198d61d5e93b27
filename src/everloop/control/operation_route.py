"""One operation as one route: read the request, run the operation, write the answer."""

import re
from functools import partial
from typing import Any, Protocol

import msgspec
import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from everloop.access.policy import Principal, require
from everloop.actions.context import OURS
from everloop.actions.operation import A, Operation, Q
from everloop.control.arguments import arguments
from everloop.control.body import JSON_LIMIT, read_body
from everloop.control.guards import JSON, ROWS
from everloop.control.problems import of_surprise, problem
from everloop.control.row_turns import RowTurns
from everloop.errors import EverloopError, InvalidRequest
from everloop.records.actor import Actor
from everloop.records.names import new_id
from everloop.workspace.remote import arrow_bytes, arrow_table

IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}")


class Performer(Protocol):
    """An opened workspace; see `everloop.workspace.office`."""

    def perform(
        self, operation: Operation[Q, A], request: Q, *, actor: Actor, key: str, table: pa.Table | None = None
    ) -> A:
        """Run one operation."""
        ...


class OperationEndpoint:
    """Answers the requests for one operation. The work runs in a thread, so others are answered meanwhile."""

    def __init__(
        self, operation: Operation[Any, Any], performer: Performer, rows_limit: int, turns: RowTurns
    ) -> None:
        self._operation = operation
        self._performer = performer
        self._rows_limit = rows_limit
        self._turns = turns

    async def __call__(self, request: Request) -> Response:
        """One request."""
        operation = self._operation
        principal: Principal = request.state.principal
        require(principal, operation.name)
        expected = ROWS if operation.takes == "rows" else JSON
        if operation.method == "POST" and _media_type(request) != expected:
            return problem(415, "wrong-content-type", f"`{operation.name}` takes {expected}.")
        key = _key(request)
        rows = operation.takes == "rows"
        body = await read_body(request, self._rows_limit if rows else JSON_LIMIT)
        work = partial(self._answer, request, principal, key, body)
        return await (self._turns.run(request.url.path, work) if rows else run_in_threadpool(work))

    def _answer(self, request: Request, principal: Principal, key: str, body: bytes) -> Response:
        operation = self._operation
        if operation.method == "GET" and body:
            raise InvalidRequest("A GET has no body.")
        rows = operation.takes == "rows"
        record = arguments(
            operation.request,
            path=request.path_params,
            query=request.query_params.multi_items(),
            body=None if rows else body,
        )
        table = arrow_table(body) if rows else None
        result = self._performer.perform(operation, record, actor=principal.actor, key=key, table=table)
        headers = {"idempotency-key": key} if operation.method == "POST" else None
        if operation.gives == "rows":
            return Response(arrow_bytes(result), headers=headers, media_type=ROWS)
        return Response(msgspec.json.encode(result), headers=headers, media_type=JSON)


def operation_route(
    operation: Operation[Any, Any], performer: Performer, rows_limit: int, turns: RowTurns
) -> Route:
    """The route of one operation. Wrapped, because Starlette takes only functions for what they are."""
    endpoint = OperationEndpoint(operation, performer, rows_limit, turns)

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (EverloopError, HTTPException):
            raise
        except Exception as error:  # noqa: BLE001 - one request's fault must not show its inside, nor end the server
            return of_surprise(request, error)

    return Route(operation.path, answer, methods=[operation.method], name=operation.name)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _key(request: Request) -> str:
    """The idempotency key that was sent, or a new one: then a repeated request acts again."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return new_id("key")
    if len(keys) > 1 or IDEMPOTENCY_KEY.fullmatch(keys[0]) is None:
        raise InvalidRequest("One Idempotency-Key of 1 to 128 visible ASCII characters.")
    if keys[0].startswith(OURS):
        raise InvalidRequest(f"Idempotency keys that begin with {OURS!r} are the platform's own.")
    return keys[0]
