"""The REST API and the pages: one route for each operation and each page, behind one set of guards."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from everloop.access.policy import Principal, require
from everloop.actions.operation import Operation
from everloop.actions.registry import OPERATIONS
from everloop.control import problems
from everloop.control.guards import JSON, Guards
from everloop.control.openapi import openapi
from everloop.control.operation_route import Performer, operation_route
from everloop.control.row_turns import RowTurns
from everloop.errors import EverloopError
from everloop.serving.limits import HostNames
from everloop.settings import Control
from everloop.web.pages import Pages


def create_app(
    performer: Performer,
    *,
    settings: Control,
    token: str,
    principal: Principal,
    operations: Sequence[Operation[Any, Any]] = OPERATIONS,
    pages: Pages | None = None,
) -> Starlette:
    """The API of an opened workspace, and its pages. Whoever sends `token` is `principal`."""
    document = msgspec.json.encode(openapi(operations))
    turns = RowTurns()

    async def ping(request: Request) -> Response:
        return Response(b'{"status":"ok"}', media_type=JSON)

    async def describe(request: Request) -> Response:
        require(request.state.principal, "openapi")
        return Response(document, media_type=JSON)

    app = Starlette(
        routes=[
            Route("/ping", ping),
            Route("/openapi.json", describe),
            *(operation_route(o, performer, settings.max_body_bytes, turns) for o in operations),
            *(pages.routes if pages else ()),
        ],
        middleware=[
            Middleware(
                Guards,
                hosts=HostNames(settings.hosts),
                token=token,
                principal=principal,
                door=pages.door if pages else None,
            ),
        ],
        exception_handlers={
            EverloopError: problems.of_error,
            HTTPException: problems.of_http,
        },
    )
    app.router.redirect_slashes = False
    return app
