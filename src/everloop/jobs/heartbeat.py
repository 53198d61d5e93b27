"""A lease that is kept for as long as its job is in hand."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from everloop.errors import Conflict, EverloopError
from everloop.jobs.queue import JobQueue

log = logging.getLogger("everloop.jobs")

BEATS = 3  # in the length of a lease: two may go wrong


@contextmanager
def kept(queue: JobQueue, key: str, holder: str, lease: timedelta) -> Iterator[None]:
    """Extend the lease again and again, in a thread, until the block ends or the lease is lost."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(lease.total_seconds() / BEATS):
            try:
                queue.extend(key, holder, lease)
            except Conflict as lost:
                log.warning("%s", lost)
                return
            except EverloopError as error:  # a full disk, or a workspace that is being closed
                log.warning("The lease of the job %r could not be extended: %s", key, error)

    thread = threading.Thread(target=beat, name=f"lease of {key}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
