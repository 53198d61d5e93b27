"""The page's routes: the visible list of what a browser may ask, each a few lines."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from everloop.access.policy import Principal, require
from everloop.actions.operation import Operation
from everloop.clock import SystemClock
from everloop.errors import Denied, EverloopError
from everloop.records.codec import digest_of
from everloop.records.names import checked_name, new_id
from everloop.web.assets import assets_by_url
from everloop.web.door import HTML, Door
from everloop.web.forms import DECISIONS, asked, decided, read_form
from everloop.web.keys import WRONG_FREE, Keys, new_key
from everloop.web.live import Live
from everloop.web.page import entered_page, message_page, page
from everloop.web.sessions import LIFE_S, Notice, Session, Sessions
from everloop.web.watcher import Watcher

if TYPE_CHECKING:
    from everloop.workspace.office import Office

WRONG_WAIT_S = 1.0
MOST_WATCHED = 256  # endpoints that are remembered to be looked at

log = logging.getLogger("everloop.web")

Handler = Callable[[Request], Awaitable[Response]]


class Pages:
    """The pages of an opened workspace. Whoever shows a key made with `secret` is `principal`."""

    def __init__(self, office: "Office", *, principal: Principal, secret: str) -> None:
        self._office = office
        self._principal = principal
        self._secret = secret
        self._cookie = (
            f"everloop-{digest_of(str(office.layout.root).encode())[:12]}"  # a name of its own: cookies
        )
        self._keys = Keys(
            secret, SystemClock()
        )  # do not tell ports apart, and a machine may run several workspaces
        self._sessions = Sessions()
        self._watchers: dict[str, Watcher] = {}
        self._turn = threading.Lock()
        self._live = Live(self._sessions, self._watcher)
        self.door = Door(self._sessions, self._cookie)
        self.routes = [
            Route("/", _guarded(self._home), methods=["GET"]),
            Route("/live", _guarded(self._stream), methods=["GET"]),
            Route("/page/{endpoint}", _guarded(self._page), methods=["GET"]),
            Route("/page/{endpoint}/live", _guarded(self._stream), methods=["GET"]),
            *(
                Route(f"/page/{{endpoint}}/{action}", _guarded(self._deciding(action)), methods=["POST"])
                for action in DECISIONS
            ),
            Route("/sign-out", _guarded(self._sign_out), methods=["POST"]),
            Route("/assets/{name}", _asset, methods=["GET"]),
        ]

    def url(self, base: str) -> str:
        """A link that opens the page once, within the next minutes."""
        return page_url(base, self._secret)

    def close(self) -> None:
        """End the streams, so that a server that stops need not wait for them. For any thread."""
        self._live.close()

    async def _home(self, request: Request) -> Response:
        key = request.query_params.get("key")
        if key is not None:
            return await self._enter(key)
        session: Session = request.state.session
        seen = await run_in_threadpool(self._watcher("").seen)
        if seen.endpoints:
            return RedirectResponse(f"/page/{seen.endpoints[0]}", 303)
        return _html(page(seen, session))

    async def _enter(self, key: str) -> Response:
        if not self._keys.take(key):
            if self._keys.wrong > WRONG_FREE:
                await asyncio.sleep(WRONG_WAIT_S)
            text = "A link opens the page once, and for a quarter of an hour. Type `everloop page` for a fresh one."
            return _html(message_page("This link is used up", text), 401)
        answer = _html(entered_page())
        answer.set_cookie(
            self._cookie,
            self._sessions.begin(self._principal),
            max_age=int(LIFE_S),
            path="/",
            httponly=True,
            samesite="strict",
        )
        return answer

    async def _page(self, request: Request) -> Response:
        require(request.state.principal, "page")
        watcher = self._watcher(checked_name(request.path_params["endpoint"], "endpoint"))
        seen = await run_in_threadpool(watcher.seen)
        return _html(page(seen, request.state.session))

    async def _stream(self, request: Request) -> Response:
        require(request.state.principal, "page")
        endpoint = request.path_params.get("endpoint", "")
        session: Session = request.state.session
        if endpoint:
            await run_in_threadpool(self._watcher(checked_name(endpoint, "endpoint")).seen)
        if not self._live.has_room(session):
            text = "Too many pages are open at once. Close some."
            return _html(message_page("Too many pages", text), 503, {"retry-after": "30"})
        return StreamingResponse(self._live.stream(endpoint, session), media_type="text/event-stream")

    def _deciding(self, action: str) -> Handler:
        async def decide(request: Request) -> Response:
            endpoint = checked_name(request.path_params["endpoint"], "endpoint")
            session: Session = request.state.session
            require(session.principal, DECISIONS[action].name)
            operation, asks, key = asked(action, endpoint, await read_form(request, session))
            await run_in_threadpool(self._perform, session, endpoint, operation, asks, key)
            return RedirectResponse(f"/page/{endpoint}", 303)

        return decide

    def _perform(
        self, session: Session, endpoint: str, operation: Operation[Any, Any], asks: object, key: str
    ) -> None:
        try:
            answer = self._office.perform(operation, asks, actor=session.principal.actor, key=key)
            session.notice = Notice("good", decided(operation, answer))
        except EverloopError as error:  # what stands in the way is told where the person is
            session.notice = Notice("bad", str(error))
        self._watcher(endpoint).touch()

    async def _sign_out(self, request: Request) -> Response:
        session: Session = request.state.session
        await read_form(request, session)
        self._sessions.end(session)
        self._live.wake()
        answer = _html(message_page("Signed out", "Type `everloop page` for a link that lets you in again."))
        answer.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict")
        return answer

    def _watcher(self, endpoint: str) -> Watcher:
        with self._turn:
            known = self._watchers.get(endpoint)
            if known is None:
                if len(self._watchers) >= MOST_WATCHED:
                    self._watchers.pop(next(iter(self._watchers)))
                known = self._watchers[endpoint] = Watcher(self._office, self._principal, endpoint)
            return known


def page_url(base: str, secret: str) -> str:
    """A link that opens the page at `base` once, within the next minutes; `secret` is the control token."""
    return f"{base}/?key={new_key(secret, SystemClock().now())}"


async def _asset(request: Request) -> Response:
    found = assets_by_url().get(request.url.path)
    if found is None:
        return _html(message_page("Not found", "There is no such file."), 404)
    return Response(found[0], media_type=found[1])


def _html(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(content, status, headers, media_type=HTML)


def _guarded(handler: Handler) -> Handler:
    """Errors as pages: ours with what to do about them, a fault of ours with the id under which the log has it."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except EverloopError as error:
            title = "Not allowed" if isinstance(error, Denied) else "That did not work"
            return _html(message_page(title, str(error)), error.status)
        except Exception:  # one request's fault must not show its inside, nor end the server
            fault = new_id("fault")
            log.exception("%s: %s %s", fault, request.method, request.url.path)
            text = f"Something went wrong here ({fault}). The log tells what, under this id."
            return _html(message_page("A fault of ours", text), 500)

    return answer
