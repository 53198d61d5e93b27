"""Requests with rows take turns by path, in few threads."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from starlette.concurrency import run_in_threadpool

from everloop.control import row_turns
from everloop.control.row_turns import AT_ONCE, RowTurns
from everloop.errors import WorkspaceBusy

LONGEST_S = 30.0


class Held:
    """Work that stops until it is let go, and counts those who are in it."""

    def __init__(self) -> None:
        self.go, self._turn = threading.Event(), threading.Lock()
        self.inside = self.most = 0
        self.order: list[int] = []

    def work(self, number: int) -> Callable[[], int]:
        def run() -> int:
            with self._turn:
                self.inside += 1
                self.most = max(self.most, self.inside)
                self.order.append(number)
            assert self.go.wait(LONGEST_S), "nobody let it go"
            with self._turn:
                self.inside -= 1
            return number

        return run


@pytest.fixture
def held() -> Held:
    return Held()


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_S):
        while not seen():
            await asyncio.sleep(0)


def running(scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(2 * LONGEST_S):
            await scene()

    asyncio.run(bounded())


def test_requests_to_one_path_run_one_at_a_time_in_their_order_and_others_do_not_wait(held: Held) -> None:
    async def scene() -> None:
        turns = RowTurns()
        same = [asyncio.create_task(turns.run("/a", held.work(n))) for n in range(50)]
        await until(lambda: held.inside == 1)
        assert await turns.run("/b", lambda: "written") == "written"
        assert await run_in_threadpool(lambda: "answered") == "answered"
        held.go.set()
        assert await asyncio.gather(*same) == list(range(50))
        assert (held.most, held.order) == (1, list(range(50)))

    running(scene)


def test_however_many_paths_there_are_most_threads_are_left_to_others(held: Held) -> None:
    async def scene() -> None:
        turns = RowTurns()
        paths = [asyncio.create_task(turns.run(f"/{n}", held.work(n))) for n in range(50)]
        await until(lambda: held.inside == AT_ONCE)
        assert await run_in_threadpool(lambda: "answered") == "answered"
        held.go.set()
        assert await asyncio.gather(*paths) == list(range(50))
        assert held.most == AT_ONCE

    running(scene)


def test_who_waits_too_long_is_told_for_what_and_the_turn_goes_on(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        turns = RowTurns()
        first = asyncio.create_task(turns.run("/datasets/d/rows", held.work(1)))
        await until(lambda: held.inside == 1)
        with monkeypatch.context() as patched:
            patched.setattr(row_turns, "PATIENCE_S", 0.0)
            with pytest.raises(
                WorkspaceBusy, match="sent to /datasets/d/rows before this is still"
            ) as refusal:
                await turns.run("/datasets/d/rows", held.work(2))
        assert "send this again" in str(refusal.value)
        later = asyncio.create_task(turns.run("/datasets/d/rows", held.work(3)))
        held.go.set()
        assert (await first, await later, held.order) == (1, 3, [1, 3])

    running(scene)


def test_work_that_fails_and_a_request_that_ends_while_it_waits_give_their_turn_on(held: Held) -> None:
    async def scene() -> None:
        turns = RowTurns()
        first = asyncio.create_task(turns.run("/a", held.work(1)))
        await until(lambda: held.inside == 1)
        given_up, fails = (
            asyncio.create_task(turns.run("/a", work)) for work in (held.work(2), lambda: 1 / 0)
        )
        await asyncio.sleep(0)
        given_up.cancel()
        held.go.set()
        with pytest.raises(ZeroDivisionError):
            await fails
        assert await turns.run("/a", held.work(4)) == 4
        assert (await first, held.order) == (1, [1, 4])

    running(scene)
