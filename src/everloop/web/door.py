"""Who may see a page, and which requests may change something: the checks of the page's own paths.

They come after the check of `Host`, which is everybody's. A page has no token in it: a browser is known by a cookie
that only this server can read and set, and that no other site's page makes the browser send.
"""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Scope

from everloop.web.page import message_page
from everloop.web.sessions import Session, Sessions

FORM = "application/x-www-form-urlencoded"
HTML = "text/html; charset=utf-8"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ASSETS = "/assets/"

Check = Callable[[Scope, Headers], Response | None]

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Under `no-referrer` browsers send forms with `Origin: null`, and we could not tell our own pages from others.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
KEPT = "public, max-age=31536000, immutable"  # assets: their names change when they do


def is_page(path: str) -> bool:
    """Whether a path is the page's own, and not the API's."""
    return path in ("/", "/live", "/sign-out") or path.startswith(("/page/", ASSETS))


def headers_of(path: str) -> dict[str, str]:
    """What every answer under the path carries."""
    return {**HEADERS, "cache-control": KEPT} if path.startswith(ASSETS) else HEADERS


class Door:
    """The checks, in the order of `checks`."""

    def __init__(self, sessions: Sessions, cookie: str) -> None:
        """`cookie` is the name under which our sessions travel."""
        self._sessions = sessions
        self._cookie = cookie
        self.checks: tuple[Check, ...] = (self._own_page, self._session, self._form_only)

    def _own_page(self, scope: Scope, headers: Headers) -> Response | None:
        """A form says that it is ours; what a page loads is loaded by our pages alone; anybody may link to us."""
        own = {f"http://{headers['host']}", f"https://{headers['host']}"}
        sites, origins = set(headers.getlist("sec-fetch-site")), headers.getlist("origin")
        if scope["method"] not in READING:
            ours = len(origins) == 1 and origins[0] in own and sites <= {"same-origin"}
        else:
            navigates = headers.get("sec-fetch-mode") == "navigate"
            ours = set(origins) <= own and (navigates or sites <= {"same-origin", "none"})
        if ours:
            return None
        return Response(
            message_page("Not from here", "A page of another site may not do this."), 403, media_type=HTML
        )

    def _session(self, scope: Scope, headers: Headers) -> Response | None:
        """Everything but assets, and the key of a new browser, needs a session."""
        if scope["method"] in ("GET", "HEAD") and scope["path"].startswith(ASSETS):
            return None
        session = self._known(headers)
        if session is not None:
            state = scope.setdefault("state", {})
            state["session"], state["principal"] = session, session.principal
            return None
        if scope["method"] == "GET" and scope["path"] == "/" and "key" in QueryParams(scope["query_string"]):
            return None
        text = "This browser has shown no key yet, or its session has ended. Type `everloop page` for a fresh link."
        return Response(message_page("A key is needed", text), 401, media_type=HTML)

    def _form_only(self, scope: Scope, headers: Headers) -> Response | None:
        """What changes something is a form."""
        kinds = headers.getlist("content-type")
        if scope["method"] in READING:
            return None
        if len(kinds) == 1 and kinds[0].partition(";")[0].strip().lower() == FORM:
            return None
        return Response(message_page("Not a form", f"What is sent here is {FORM}."), 415, media_type=HTML)

    def _known(self, headers: Headers) -> Session | None:
        names = []
        for cookie in headers.getlist("cookie"):
            try:
                jar = SimpleCookie(cookie)
            except CookieError:
                continue
            names += [morsel.value for name, morsel in jar.items() if name == self._cookie]
        return self._sessions.of(names[0]) if len(names) == 1 else None
