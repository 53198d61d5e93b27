"""A child process on this machine, in a group of its own that ends with it, with its parent, or when told to."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from everloop.jobs.lifeline import VARIABLE

LONGEST_LINE = 1 << 16  # bytes
LAST_WORDS_S = 10.0  # from closing its standard output to its end


class LocalJob:
    """A started child. Its standard error goes to the end of a log file, its standard output to `follow`.

    The child calls `lifeline.hold()` first, so that it dies with this process, also by `kill -9`.
    """

    def __init__(
        self, command: Sequence[str], *, log: Path, environment: Mapping[str, str], told: bool = False
    ) -> None:
        """Start it; raises OSError if the program or the log file cannot be opened. With `told` it is to `tell`."""
        read_end, self._lifeline = os.pipe()
        try:
            with log.open("ab") as file:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE if told else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    env={**environment, VARIABLE: str(read_end)},
                    pass_fds=(read_end,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(read_end)
        self.timed_out = False
        self._reaping = threading.Lock()
        self._reaped = False

    @property
    def pid(self) -> int:
        """The child's process id, which is its group's too."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Write the one line that it waits for to its standard input; raises OSError where it has ended."""
        waiting = self._process.stdin
        assert waiting is not None
        with waiting:
            waiting.write(line.encode() + b"\n")

    def end(self) -> None:
        """Cancel a child that nobody follows."""
        self.cancel()
        self.follow(lambda line: None, seconds=LAST_WORDS_S)

    def follow(self, on_line: Callable[[str], None], *, seconds: float) -> int:
        """Hand on every line of its standard output and wait for its end, at most `seconds` long.

        Answers the exit code, negative for a signal. However this ends, the whole group has ended then. Call it
        once.
        """
        output = self._process.stdout
        assert output is not None
        try:
            with output, self._alarm(seconds):
                _hand_on(output, on_line)
            with self._alarm(LAST_WORDS_S):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        finally:
            self.cancel()
            with self._reaping:  # until here the child's id was not free for another process
                code = self._process.wait()
                self._reaped = True
            os.close(self._lifeline)
            if self._process.stdin is not None:
                self._process.stdin.close()
        return code

    def cancel(self) -> None:
        """End the child and all that it started, at once. Safe from any thread, and more than once."""
        with self._reaping:
            if not self._reaped:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def _alarm(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_out(self) -> None:
        self.timed_out = True
        self.cancel()


def _hand_on(output: IO[bytes], on_line: Callable[[str], None]) -> None:
    while line := output.readline(LONGEST_LINE):
        on_line(line.decode("utf-8", errors="replace").rstrip("\n"))
