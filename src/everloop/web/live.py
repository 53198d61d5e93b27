"""Keeps open pages up to date: sends each browser the parts whose HTML changed, and nothing else.

One task an endpoint looks for all who look at it, and ends with the last of them. A browser that is slow, or was away,
gets the newest state, never a queue of old ones.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec
from starlette.concurrency import run_in_threadpool

from everloop.errors import EverloopError
from everloop.web.page import rendered
from everloop.web.parts.decide import decide_part
from everloop.web.seen import Seen
from everloop.web.sessions import Session, Sessions
from everloop.web.watcher import Watcher

PULSE_S = 5.0  # the longest silence; a page that hears nothing for twice as long knows that it has lost us
AGAIN_MS = 2000  # after which a browser tries again
MOST_STREAMS = 64
MOST_OF_SESSION = 16
AFTER_TROUBLE_S = 2.0

log = logging.getLogger("everloop.web")


@dataclass(slots=True)
class Channel:
    """What the pages of one endpoint show now."""

    watcher: Watcher
    seen: Seen | None = None
    parts: dict[str, str] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    viewers: int = 0
    task: "asyncio.Task[None] | None" = None

    def tell(self) -> None:
        """Wake everybody who waits."""
        self.changed.set()
        self.changed = asyncio.Event()


class Live:
    """The streams of all pages. Lives in the server's own event loop."""

    def __init__(self, sessions: Sessions, watcher_of: Callable[[str], Watcher]) -> None:
        self._sessions = sessions
        self._watcher_of = watcher_of
        self._channels: dict[str, Channel] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def has_room(self, session: Session) -> bool:
        """Whether one more page is kept up to date."""
        streams = sum(channel.viewers for channel in self._channels.values())
        return not self._closed and streams < MOST_STREAMS and session.streams < MOST_OF_SESSION

    async def stream(self, endpoint: str, session: Session) -> AsyncIterator[bytes]:
        """The events of one browser's stream."""
        self._loop = asyncio.get_running_loop()
        channel = self._joined(endpoint)
        session.streams += 1
        sent: dict[str, str] = {}
        try:
            yield f"retry: {AGAIN_MS}\n\n".encode()
            while not self._closed:
                changed = channel.changed
                if not self._sessions.is_alive(session):
                    yield _event("ended", "")
                    return
                yield _pulse(channel)
                for name, html in self._parts(channel, session).items():
                    if sent.get(name) != html:
                        sent[name] = html
                        yield _event("part", {"name": name, "html": html})
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), PULSE_S)
        finally:
            session.streams -= 1
            self._left(endpoint, channel)

    def close(self) -> None:
        """End every stream at once. For another thread than the server's."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it was closed in between
                self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Let every stream look whether it goes on."""
        for channel in self._channels.values():
            channel.tell()

    def _joined(self, endpoint: str) -> Channel:
        channel = self._channels.get(endpoint)
        if channel is None:
            channel = self._channels[endpoint] = Channel(self._watcher_of(endpoint))
        channel.viewers += 1
        if channel.task is None:
            channel.task = asyncio.get_running_loop().create_task(self._follow(channel))
        return channel

    def _left(self, endpoint: str, channel: Channel) -> None:
        channel.viewers -= 1
        if channel.viewers == 0:
            self._channels.pop(endpoint, None)
            if channel.task is not None:
                channel.task.cancel()

    async def _follow(self, channel: Channel) -> None:
        """Look as often as there is something new to see."""
        while not self._closed:
            try:
                seen, parts = await run_in_threadpool(_look, channel.watcher)
            except EverloopError as error:  # a full disk, an endpoint that is gone: pages keep what they have
                log.warning("the page could not be brought up to date: %s", error)
                await asyncio.sleep(AFTER_TROUBLE_S)
                continue
            except Exception:  # whatever one look meets, the next may go well
                log.exception("the page could not be brought up to date")
                await asyncio.sleep(AFTER_TROUBLE_S)
                continue
            channel.seen = seen
            if parts != channel.parts:
                channel.parts = parts
                channel.tell()
            await asyncio.sleep(channel.watcher.pause_s())

    def _parts(self, channel: Channel, session: Session) -> dict[str, str]:
        if channel.seen is None or not channel.seen.endpoint:
            return channel.parts
        return {**channel.parts, "decide": decide_part(channel.seen, session.form_token).text}


def _look(watcher: Watcher) -> tuple[Seen, dict[str, str]]:
    seen = watcher.seen()
    return seen, {name: html.text for name, html in rendered(seen).items()}


def _pulse(channel: Channel) -> bytes:
    """Sent whether or not anything changed: with the names of the endpoints, so that a new one is noticed."""
    names = list(channel.seen.endpoints) if channel.seen is not None else None
    return _event("pulse", {"endpoints": names})


def _event(kind: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(data))
