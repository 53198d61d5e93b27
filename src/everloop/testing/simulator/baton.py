"""Several actors in one process, of whom one at a time goes on: at each border chance says who is next."""

import random
import threading
from collections.abc import Callable, Sequence


class Baton:
    """Runs actors in threads of their own that hand over at borders. The same chance gives the same order."""

    def __init__(self) -> None:
        self._chance = random.Random(0)
        self._turns: dict[int, threading.Semaphore] = {}
        self._back = threading.Semaphore(0)

    def border(self) -> None:
        """Let somebody else go on; nothing happens outside of `run`."""
        turn = self._turns.get(threading.get_ident())
        if turn is not None:
            self._back.release()
            turn.acquire()

    def run(self, actors: Sequence[Callable[[], None]], chance: random.Random) -> None:
        """All of them to their ends; the first error that one of them ended with is raised then."""
        self._chance = chance
        errors: list[BaseException] = []
        begun: list[tuple[threading.Thread, threading.Semaphore]] = []
        for actor in actors:
            turn = threading.Semaphore(0)
            thread = threading.Thread(target=self._act, args=(actor, turn, errors))
            thread.start()
            begun.append((thread, turn))
        alive = list(begun)
        while alive:
            thread, turn = chance.choice(alive)
            turn.release()
            self._back.acquire()
            if thread.ident not in self._turns:
                thread.join()
                alive.remove((thread, turn))
        if errors:
            raise errors[0]

    def _act(self, actor: Callable[[], None], turn: threading.Semaphore, errors: list[BaseException]) -> None:
        me = threading.get_ident()
        turn.acquire()
        self._turns[me] = turn
        try:
            actor()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the actors were started
            errors.append(error)
        finally:
            del self._turns[me]
            self._back.release()
