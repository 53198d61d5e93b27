"""Browsers that have shown a key: kept here, not in the cookie, which holds nothing but a random name."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from everloop.access.policy import Principal

MOST = 32  # at once; the one that was silent longest makes room
IDLE_S = 12 * 3600.0  # without a request or a stream
LIFE_S = 7 * 86_400.0  # whatever happens

Tone = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What came of the last thing that was asked; shown once."""

    tone: Tone
    text: str


@dataclass(slots=True)
class Session:
    """One browser. `form_token` stands in every form that it gets: another site cannot know it."""

    principal: Principal
    began: float
    seen: float
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    notice: Notice | None = None
    streams: int = 0
    ended: bool = False


class Sessions:
    """All of them, in memory: they end with the process. Used from the server's own thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` counts seconds."""
        self._now = now
        self._by_digest: dict[bytes, Session] = {}

    def begin(self, principal: Principal) -> str:
        """A new session; answers the name for its cookie."""
        self._forget_old()
        while len(self._by_digest) >= MOST:
            silent = min(self._by_digest, key=lambda digest: self._by_digest[digest].seen)
            self._by_digest.pop(silent).ended = True
        name = secrets.token_urlsafe(32)
        self._by_digest[_digest(name)] = Session(principal, began=self._now(), seen=self._now())
        return name

    def of(self, name: str) -> Session | None:
        """The living session of that name; it counts as seen."""
        self._forget_old()
        session = self._by_digest.get(_digest(name))
        if session is not None:
            session.seen = self._now()
        return session

    def end(self, session: Session) -> None:
        """Whoever has its cookie is a stranger from now on, and its streams close."""
        session.ended = True
        self._forget_old()

    def is_alive(self, session: Session) -> bool:
        """For a stream that goes on for hours: it keeps its session from falling silent, not from ending."""
        session.seen = self._now()
        self._forget_old()
        return not session.ended

    def _forget_old(self) -> None:
        now = self._now()
        for digest, session in list(self._by_digest.items()):
            if session.ended or now - session.seen > IDLE_S or now - session.began > LIFE_S:
                session.ended = True
                del self._by_digest[digest]


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
