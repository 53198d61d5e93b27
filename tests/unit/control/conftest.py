import asyncio
from dataclasses import dataclass, field
from typing import Literal

import httpx
import pyarrow as pa
import pytest

from everloop.access import policy
from everloop.access.policy import BUILDERS, READERS, Principal
from everloop.access.tokens import new_token
from everloop.actions.operation import Operation
from everloop.control.app import create_app
from everloop.errors import Conflict, InvalidName, NotFound
from everloop.records.actor import Actor
from everloop.settings import Control


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """What to paint."""

    fence: str
    colour: Literal["red", "green"] = "red"
    coats: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """What was painted, by whom, with which key."""

    fence: str
    coats: int
    by: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which fence, and how closely."""

    fence: str
    closely: bool = False
    from_metres: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planks:
    """Where rows of planks go."""

    fence: str
    note: str = ""


@dataclass(slots=True)
class Yard:
    """A performer that remembers what it was asked."""

    asked: list[tuple[str, object]] = field(default_factory=list)

    def perform(self, operation, request, *, actor, key, table=None):
        self.asked.append((operation.name, request))
        if request.fence == "missing":
            raise NotFound("There is no fence 'missing'.", remedy="Build it.")
        if request.fence == "wet":
            raise Conflict
        if request.fence == "odd":
            raise InvalidName
        if request.fence == "faulty":
            raise ZeroDivisionError("the secret inside")
        if operation is PAINT:
            return Painted(fence=request.fence, coats=request.coats, by=str(actor), key=key)
        if operation is PLANKS:
            return {"rows": table.num_rows, "note": request.note}
        if operation is ROWS_OF:
            return pa.table({"plank": [1, 2, 3]})
        return request


PAINT = Operation(
    name="paint", method="POST", path="/fences/{fence}/paint", request=Paint, response=Painted,
    run=lambda context, request: None, summary="Paint a fence.",
)  # fmt: skip
LOOK = Operation(
    name="look", method="GET", path="/fences/{fence}", request=Look, response=Look,
    run=lambda context, request: None, summary="Look at a fence.",
)  # fmt: skip
PLANKS = Operation(
    name="planks", method="POST", path="/fences/{fence}/planks", request=Planks, response=dict,
    run=lambda context, request: None, summary="Add planks.", takes="rows",
)  # fmt: skip
ROWS_OF = Operation(
    name="rows_of", method="GET", path="/fences/{fence}/rows", request=Look, response=pa.Table,
    run=lambda context, request: None, summary="The planks.", gives="rows",
)  # fmt: skip
UNNAMED = Operation(
    name="unnamed", method="POST", path="/fences/{fence}/burn", request=Look, response=Look,
    run=lambda context, request: None, summary="Not in the policy.",
)  # fmt: skip
SAMPLES = (PAINT, LOOK, PLANKS, ROWS_OF, UNNAMED)
TOKEN = new_token()
OWNER = Principal(actor=Actor(kind="person", name="ada"), role="maintainer")


@pytest.fixture
def yard() -> Yard:
    return Yard()


@pytest.fixture
def app(yard, monkeypatch):
    allowed = {"paint": BUILDERS, "look": READERS, "planks": BUILDERS, "rows_of": READERS}
    monkeypatch.setattr(policy, "POLICY", {**policy.POLICY, **allowed})
    return create_app(
        yard,
        settings=Control(max_body_bytes=4096, hosts=("loop.example.com",)),
        token=TOKEN,
        principal=OWNER,
        operations=SAMPLES,
    )


class Caller:
    """Calls the app without a network."""

    def __init__(self, app, **headers: str) -> None:
        self.app = app
        self.headers = headers

    def request(self, method: str, path: str, **options) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            base = "http://127.0.0.1:8081"
            async with httpx.AsyncClient(transport=transport, base_url=base, headers=self.headers) as client:
                return await client.request(method, path, **options)

        return asyncio.run(call())

    def get(self, path: str, **options) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options) -> httpx.Response:
        return self.request("POST", path, **options)


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def client(app) -> Caller:
    return Caller(app, authorization=f"Bearer {TOKEN}")


@pytest.fixture
def stranger(app) -> Caller:
    return Caller(app)
