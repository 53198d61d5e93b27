"""Errors as the API tells them: RFC 9457 problem documents."""

import logging
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from everloop.errors import EverloopError
from everloop.records.names import new_id

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("everloop.control")


def problem(
    status: int, code: str, message: str, *, remedy: str = "", headers: dict[str, str] | None = None
) -> Response:
    """A problem; `code` is a stable name for programs, `remedy` what to do about it."""
    document = {
        "type": f"urn:everloop:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": f"{message} {remedy}".strip(),
        "code": code,
        "message": message,
        "remedy": remedy,
    }
    return Response(msgspec.json.encode(document), status, headers, MEDIA_TYPE)


def of_error(request: Request, error: Exception) -> Response:
    """One of our own errors."""
    assert isinstance(error, EverloopError)
    return problem(error.status, error.code, error.message, remedy=error.remedy)


def of_http(request: Request, error: Exception) -> Response:
    """What the router says: no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    message = f"{request.method} {request.url.path[:200]}: {HTTPStatus(error.status_code).phrase.lower()}."
    headers = dict(error.headers or {})
    return problem(
        error.status_code, code, message, remedy="See /openapi.json for what there is.", headers=headers
    )


def of_surprise(request: Request, error: Exception) -> Response:
    """A fault of ours: the log has it under an id, the client gets only the id."""
    fault = new_id("fault")
    log.error("%s: %s %s", fault, request.method, request.url.path, exc_info=error)
    return problem(
        500, "fault", f"Something went wrong here ({fault}).", remedy="The log tells what, under this id."
    )
