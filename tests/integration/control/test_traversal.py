"""Check A4: no string in any field of any operation leads out of the workspace.

An audit hook sees whatever Python opens, lists, makes or removes; a folder around the workspace, compared before and
after, sees what the native libraries do.
"""

import asyncio
import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote, urlencode

import msgspec
import pyarrow as pa
import pytest

from everloop.access.policy import Principal
from everloop.access.tokens import new_token
from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.registry import OPERATIONS
from everloop.control.app import create_app
from everloop.records.actor import Actor
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.registry.versions import register
from everloop.settings import Settings
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.workspace.office import Office
from everloop.workspace.remote import arrow_bytes

WATCHED = {
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.link", "os.symlink",
    "os.truncate", "os.chmod", "os.chown", "os.utime", "os.startfile", "os.exec", "os.posix_spawn", "os.system",
    "subprocess.Popen", "shutil.copyfile", "shutil.move", "shutil.rmtree", "sqlite3.connect", "glob.glob",
}  # fmt: skip
SECRET = "the sentinel must not be seen"
OWNER = Principal(actor=Actor(kind="person", name="ada"), role="maintainer")
HEADERS = (
    "idempotency-key",
    "host",
    "origin",
    "content-type",
    "x-forwarded-host",
    "x-original-url",
    "referer",
)


class Watch:
    """Paths that were touched outside of `allowed` while it looks. A hook stays for the life of its process."""

    def __init__(self) -> None:
        self.looks = False
        self.allowed: tuple[str, ...] = ()
        self.outside: list[tuple[str, str]] = []
        sys.addaudithook(self.see)

    def see(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.looks or event not in WATCHED:
            return
        for path in given[:1] if event == "open" else given[:2]:
            if isinstance(path, bytes):
                path = path.decode("utf-8", "replace")
            if isinstance(path, str | Path) and not os.path.abspath(path).startswith(self.allowed):
                self.outside.append((event, str(path)))


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Api"]:
    api = Api(tmp_path)
    monkeypatch.chdir(api.root)  # the hook does not say which folder a descriptor stands for
    api.furnish()
    yield api
    api.office.close()


class QuietRunner:
    """Runs are recorded, and not carried out."""

    def claim(self, run: str) -> None: ...

    def start(self, run: str) -> None: ...

    def release(self, run: str) -> None: ...


class Api:
    """The app over real stores, called without a network."""

    def __init__(self, outer: Path) -> None:
        self.outer = outer
        self.sentinel = outer / "secret.txt"
        self.sentinel.write_text(SECRET)
        layout = create_workspace(outer / "inner" / ".everloop")
        self.root = layout.root
        settings = Settings()
        self.office = Office(layout, settings, QuietRunner())
        self.token = new_token()
        self.app = create_app(self.office, settings=settings.control, token=self.token, principal=OWNER)

    def furnish(self) -> None:
        """A dataset, a version and an endpoint, all named churn: requests get further than to a 404."""
        context = self.office.context(
            OWNER.actor, new_id("key"), pa.table({"a": [1.0, 2.0], "churn": ["no", "yes"]})
        )
        append_rows(context, AppendRequest(dataset="churn"))
        bundle = linear_bundle(self.office.layout.bundles, numbers("a"), [[1.0]])
        version = ModelVersion(
            model="churn",
            number=0,
            bundle=bundle,
            run=new_id("run"),
            recipe="r",
            dataset="churn",
            dataset_version=1,
            data_digest="d",
            code_version="",
            environment={},
            signature=Signature(task="regression", target="churn", columns=numbers("a")),
            target=TargetRule(outcome="churn"),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            by=OWNER.actor,
        )
        with context.metadata.transaction() as transaction:
            register(transaction, version)
        deploy(
            self.office.context(OWNER.actor, new_id("key")),
            DeployRequest(endpoint="churn", model="churn", version=1),
        )

    def surroundings(self) -> dict[str, tuple[int, int]]:
        """All files around the workspace, with size and time of change."""
        return {
            str(p): (p.stat().st_size, p.stat().st_mtime_ns)
            for p in self.outer.rglob("*")
            if not p.is_relative_to(self.root) and p != self.root.parent
        }

    async def call(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """One request as a server hands it over: `path` decoded."""
        sent: list[dict[str, Any]] = []
        given = {"host": "127.0.0.1:8081", "authorization": f"Bearer {self.token}", **headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("utf-8", "surrogatepass")) for k, v in given.items()],
            "scheme": "http",
            "server": ("127.0.0.1", 8081),
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
            "root_path": "",
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:])


def example(kind: Any) -> Any:
    """JSON that fits `kind`, as little of it as is required."""
    origin = get_origin(kind)
    if origin is Literal:
        return get_args(kind)[0]
    if origin in (Union, UnionType):
        return example(get_args(kind)[0])
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {
            f.name: example(hints[f.name])
            for f in fields(kind)
            if f.default is MISSING and f.default_factory is MISSING
        }
    simple = {str: "churn", int: 1, float: 1.0, bool: True, timedelta: "PT1H"}
    return simple.get(kind, {} if origin is dict else [])


def text_places(kind: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to each field of a record, and of the records in it, that may hold a text."""
    for name, hint in get_type_hints(kind).items():
        parts = {hint, *get_args(hint)}
        if str in parts and get_origin(hint) is not Literal:
            yield (*where, name)
        for part in parts:
            if is_dataclass(part):
                yield from text_places(part, (*where, name))


def with_text(request: dict[str, Any], kind: Any, place: tuple[str, ...], text: str) -> dict[str, Any]:
    name, *deeper = place
    hint = get_type_hints(kind)[name]
    if deeper:
        inner = next(part for part in (hint, *get_args(hint)) if is_dataclass(part))
        return {**request, name: with_text(request.get(name) or example(inner), inner, tuple(deeper), text)}
    value: object = (
        {text: text} if get_origin(hint) is dict else [text] if get_origin(hint) is tuple else text
    )
    return {**request, name: value}


PLACES = [(o, place) for o in OPERATIONS for place in text_places(o.request)]


def asked(operation: Any, request: dict[str, Any]) -> tuple[str, str, dict[str, str], bytes]:
    """Path, query, headers and body of a request for an operation."""
    rest = dict(request)
    path = operation.path
    for name in list(rest):
        if "{" + name + "}" in path:
            path = path.replace("{" + name + "}", str(rest.pop(name)))
    if operation.method == "GET":
        return path, urlencode(rest, errors="replace"), {}, b""
    if operation.takes == "rows":
        rows = arrow_bytes(pa.table({"a": [1, 2]}))
        return (
            path,
            urlencode(rest, errors="replace"),
            {"content-type": "application/vnd.apache.arrow.stream"},
            rows,
        )
    return path, "", {"content-type": "application/json"}, msgspec.json.encode(rest)


def strings(api: Api) -> list[str]:
    spec = importlib.util.spec_from_file_location("corpus", Path(__file__).with_name("corpus.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.corpus(api.sentinel)


def crawl(api: Api, watch: Watch, requests: list[tuple[str, str, str, dict[str, str], bytes]]) -> None:
    """Make all requests; nothing may be touched or seen outside of the workspace, and nothing of ours may break."""

    async def make_all() -> list[tuple[int, bytes]]:
        return [await api.call(*request) for request in requests]

    before = api.surroundings()
    code = Path(msgspec.__file__).parent.parent, Path(sys.prefix), Path(sys.base_prefix), Path("/proc/self")
    own = Path(sys.modules["everloop"].__file__ or "").parent
    watch.allowed = tuple(str(p) for p in (api.root, own, *code))
    watch.outside.clear()
    watch.looks = True
    try:
        answers = asyncio.run(make_all())
    finally:
        watch.looks = False
    assert watch.outside == []
    assert api.surroundings() == before
    assert not [body for _, body in answers if SECRET.encode() in body or b"root:x:" in body]
    broken = [
        (request, body) for request, (status, body) in zip(requests, answers, strict=True) if status >= 500
    ]
    assert not broken, broken[0]


@pytest.mark.parametrize(
    "share", [pytest.param(24, id="every 24th"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)
@pytest.mark.timeout(900)
def test_no_text_in_any_field_leads_out_of_the_workspace(api, watch, share):
    texts = strings(api)
    requests = []
    for number, (operation, place) in enumerate(PLACES):
        for text in texts[number % share :: share]:
            request = with_text(example(operation.request), operation.request, place, text)
            path, query, headers, body = asked(operation, request)
            requests.append((operation.method, path, query, headers, body))
    crawl(api, watch, requests)


def test_no_header_leads_out_of_the_workspace(api, watch):
    requests = []
    for number, header in enumerate(HEADERS):
        for text in strings(api)[number % 7 :: 7]:
            body = msgspec.json.encode({"model": "churn", "version": 1})
            headers = {"content-type": "application/json", header: text.replace("\ud7ff", "")}
            requests.append(("POST", "/endpoints/churn/deploy", "", headers, body))
    crawl(api, watch, requests)


def test_no_path_leads_out_of_the_workspace(api, watch):
    crawl(api, watch, [("GET", f"/{text}", "", {}, b"") for text in strings(api)])


def test_every_operation_that_takes_a_text_is_in_the_crawl():
    assert {o.name for o, _ in PLACES} >= {
        "append_rows",
        "deploy",
        "roll_back",
        "start_run",
        "run_log",
        "events",
    }
    assert ("start_run", ("recipe", "target", "outcome")) in {(o.name, place) for o, place in PLACES}


def test_the_watch_sees_what_leads_outside(api, watch):
    watch.allowed = (str(api.root),)
    watch.looks = True
    try:
        api.sentinel.read_text()
    finally:
        watch.looks = False
    assert ("open", str(api.sentinel)) in watch.outside
