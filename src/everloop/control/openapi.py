"""The OpenAPI 3.1 description, made from the same list of operations as the routes."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from everloop import __version__
from everloop.actions.operation import Operation
from everloop.control.guards import JSON, ROWS
from everloop.control.problems import MEDIA_TYPE

REFERENCE = "#/components/schemas/{name}"


def openapi(operations: Sequence[Operation[Any, Any]]) -> dict[str, Any]:
    """The whole document, as JSON values."""
    kinds = [o.request for o in operations] + [o.response for o in operations if o.gives == "json"]
    schemas, components = msgspec.json.schema_components(kinds, schema_hook=_any_json, ref_template=REFERENCE)
    responses = iter(schemas[len(operations) :])
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        answer = next(responses) if operation.gives == "json" else {"contentMediaType": ROWS}
        request = components[operation.request.__name__]
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(
            operation, request, answer
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Everloop control plane", "version": __version__},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _any_json(kind: type) -> dict[str, Any]:
    """The schema of what msgspec has none for: a field of type `object` holds any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


PROBLEM = {
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "remedy": {"type": "string"},
    },
}


def _described(
    operation: Operation[Any, Any], request: dict[str, Any], answer: dict[str, Any]
) -> dict[str, Any]:
    in_path = re.findall(r"\{(\w+)\}", operation.path)
    rest = [f.name for f in dataclasses.fields(operation.request) if f.name not in in_path]
    in_query = rest if operation.method == "GET" or operation.takes == "rows" else []
    required = request.get("required", [])
    parameters = [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in required,
            "schema": request["properties"][name],
        }
        for name in (*in_path, *in_query)
    ]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "Done.",
                "content": {ROWS if operation.gives == "rows" else JSON: {"schema": answer}},
            },
            "default": {
                "description": "A problem.",
                "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}},
            },
        },
    }
    if operation.method == "POST":
        parameters.append(IDEMPOTENCY_KEY)
        described["requestBody"] = _body(operation, request, rest)
    return described


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key acts once, and gets the first one's answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}


def _body(operation: Operation[Any, Any], request: dict[str, Any], names: list[str]) -> dict[str, Any]:
    if operation.takes == "rows":
        return {"required": True, "content": {ROWS: {"schema": {"contentMediaType": ROWS}}}}
    schema = {
        "type": "object",
        "properties": {name: request["properties"][name] for name in names},
        "required": [name for name in request.get("required", []) if name in names],
        "additionalProperties": False,
    }
    return {"required": True, "content": {JSON: {"schema": schema}}}
