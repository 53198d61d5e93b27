"""Requests with rows wait for one another in the event loop, not in a thread: threads are few, and others need them."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from starlette.concurrency import run_in_threadpool

from everloop.errors import WorkspaceBusy

AT_ONCE = 8  # of the 40 threads in which requests are answered
PATIENCE_S = 60.0  # for earlier requests to the same path

T = TypeVar("T")


class RowTurns:
    """One request at a time for each path, in the order of their coming, and a few for all paths together.

    So rows for one dataset, however many requests bring them, hold up neither those for another dataset nor what
    takes no rows. For one event loop.
    """

    def __init__(self) -> None:
        self._threads = asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # of who waits or works

    async def run(self, path: str, work: Callable[[], T]) -> T:
        """What `work` answers, in a thread; raises WorkspaceBusy if its turn does not come within a minute."""
        turn = self._turns.setdefault(path, asyncio.Lock())
        try:
            async with asyncio.timeout(PATIENCE_S):
                await turn.acquire()
        except TimeoutError as error:
            raise WorkspaceBusy(
                f"What was sent to {path} before this is still being written.",
                remedy="Wait for it, then send this again.",
            ) from error
        try:
            async with self._threads:
                return await run_in_threadpool(work)
        finally:
            turn.release()
