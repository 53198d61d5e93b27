"""A child process that ends with its parent, however the parent ends.

The parent holds the write end of a pipe and never writes; the child holds the read end. When the parent is gone
the pipe reaches its end. On Linux the kernel then kills the child's whole group by itself, also while the child
is deep in compiled code; elsewhere a thread does.
"""

import fcntl
import os
import select
import signal
import threading

VARIABLE = "LIFELINE_FD"  # tells the child which descriptor its end is


def hold() -> None:
    """Tie this process, the leader of its group, to the parent that set the variable; nothing without it."""
    number = os.environ.pop(VARIABLE, "")
    if not number.isdigit():
        return
    descriptor = int(number)
    os.set_inheritable(descriptor, False)
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
        if _at_end(descriptor):  # the parent went before the kernel was told
            _end_group()
    else:
        threading.Thread(target=_watch, args=(descriptor,), name="lifeline", daemon=True).start()


def _at_end(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _watch(descriptor: int) -> None:
    os.read(descriptor, 1)  # returns at the pipe's end only: nobody writes
    _end_group()


def _end_group() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)
