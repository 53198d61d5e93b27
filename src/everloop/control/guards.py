"""What every request must pass before any route sees it, and what every answer carries.

The checks run in the order of `CHECKS`. They are about browsers that were lured into calling us: pages of other
sites, names that were made to resolve to this machine, forms. Scripts pass them without noticing.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from everloop.access.policy import Principal
from everloop.access.tokens import is_same
from everloop.control.problems import problem
from everloop.serving.limits import HostNames
from everloop.web.door import Check, Door, headers_of, is_page

JSON = "application/json"
ROWS = "application/vnd.apache.arrow.stream"
OPEN = frozenset({("GET", "/ping"), ("HEAD", "/ping")})  # all that answers without credentials
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ANSWER_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guards:
    """The outermost middleware: refuses, or lets through with `principal` in the request's state."""

    def __init__(
        self, app: ASGIApp, *, hosts: HostNames, token: str, principal: Principal, door: Door | None = None
    ) -> None:
        """`door` has the checks of the pages' paths, where there are pages."""
        self._app = app
        self._door = door
        self._hosts = hosts
        self._token = token
        self._principal = principal
        self._checks: tuple[Check, ...] = (
            self._known_host,
            self._own_page,
            self._credentials,
            self._data_only,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a WebSocket; there are none
            await send({"type": "websocket.close", "code": 1008})
            return

        of_page = self._door is not None and is_page(scope["path"])
        answer_headers = headers_of(scope["path"]) if of_page else ANSWER_HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in answer_headers.items():
                    headers[name] = value
            await send(message)

        headers = Headers(scope=scope)
        for check in self._checks_of_page() if of_page else self._checks:
            refusal = check(scope, headers)
            if refusal is not None:
                await refusal(scope, receive, send_guarded)
                return
        if not of_page:
            scope.setdefault("state", {})["principal"] = self._principal
        await self._app(scope, receive, send_guarded)

    def _checks_of_page(self) -> tuple[Check, ...]:
        assert self._door is not None
        return (self._known_host, *self._door.checks)

    def _known_host(self, scope: Scope, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) == 1 and self._hosts.has(hosts[0].encode("latin-1")):
            return None
        return problem(
            421,
            "wrong-host",
            f"This is not {', '.join(hosts)[:200] or 'a request with a Host'}.",
            remedy="Names other than loopback's are listed in `control.hosts`.",
        )

    def _own_page(self, scope: Scope, headers: Headers) -> Response | None:
        """A browser says where a request comes from; only our own pages may change something."""
        if scope["method"] in READING:
            return None
        own = {f"http://{headers['host']}", f"https://{headers['host']}"}
        sites = headers.getlist("sec-fetch-site")
        if set(headers.getlist("origin")) <= own and set(sites) <= {"same-origin", "none"}:
            return None
        return problem(403, "foreign-page", "A page of another site may not do this.")

    def _credentials(self, scope: Scope, headers: Headers) -> Response | None:
        if (scope["method"], scope["path"]) in OPEN:
            return None
        given = headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() == "bearer" and is_same(token.strip(), self._token):
            return None
        return problem(
            401,
            "no-credentials",
            "This is not the token of this workspace." if token else "A token is needed.",
            remedy="Send `Authorization: Bearer TOKEN`; it is in the workspace's secrets/control-token.",
            headers={"www-authenticate": "Bearer"},
        )

    def _data_only(self, scope: Scope, headers: Headers) -> Response | None:
        """Types that a form of another site cannot send; whoever sends no body says so with its type too."""
        types = headers.getlist("content-type")
        if not types and scope["method"] in READING and not _has_body(headers):
            return None
        if len(types) == 1 and types[0].partition(";")[0].strip().lower() in (JSON, ROWS):
            return None
        return problem(
            415, "wrong-content-type", f"A body is {JSON} or {ROWS}, and its Content-Type says which."
        )


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
