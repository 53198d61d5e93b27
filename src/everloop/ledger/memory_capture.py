"""The capture log in memory: the twin of the files, for tests and short-lived loops."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from everloop.errors import CaptureFailed
from everloop.ledger.capture import Answered, Context, Promise, Received, Segment
from everloop.records.names import new_id


class MemoryCapture:
    """Keeps what is appended until it is asked for. Set `full` to make appends fail as on a full disk."""

    def __init__(self, *, worker: str | None = None, max_groups: int = 1000) -> None:
        self.full = False
        self._worker = worker or new_id("w")
        self._max_groups = max_groups
        self._contexts: list[Context] = []
        self._segments: list[Segment] = []
        self._closed = False

    @property
    def promise(self) -> Promise:
        """Survives nothing at all; of the two promises `written` is the nearer."""
        return "written"

    @property
    def worker(self) -> str:
        """The token that its segments are named after."""
        return self._worker

    def context(self, context: Context) -> int:
        """The number of `context`."""
        if context not in self._contexts:
            self._contexts.append(context)
        return self._contexts.index(context)

    def append(self, answers: Sequence[Answered] = (), outcomes: Sequence[Received] = ()) -> None:
        """Keep a group; raises CaptureFailed while `full` is set, or once it is closed."""
        if self._closed:
            raise CaptureFailed("The capture log is closed.", remedy="Open another one.")
        if self.full:
            raise CaptureFailed("The capture log is full.", remedy="Free some space.")
        segment = self._present()
        if answers:
            segment.contexts |= {a.context: self._contexts[a.context] for a in answers}
            segment.answers.append([msgspec.structs.replace(answer) for answer in answers])
        segment.outcomes.extend(msgspec.structs.replace(outcome) for outcome in outcomes)

    def rotate(self) -> bool:
        """Seal the present segment once it holds many groups."""
        due = bool(self._segments) and len(self._segments[-1].answers) >= self._max_groups
        if due:
            self.seal()
        return due

    def seal(self) -> None:
        """End the present segment."""
        if self._segments:
            self._segments[-1].sealed = self._segments[-1].clean = True

    def close(self) -> None:
        """Seal, and refuse further appends."""
        self.seal()
        self._closed = True

    def segments(self) -> Sequence[Segment]:
        """All that was appended."""
        return list(self._segments)

    def _present(self) -> Segment:
        if not self._segments or self._segments[-1].sealed:
            name = f"{self._worker}-{len(self._segments):06d}"
            self._segments.append(Segment(id=name, worker=self._worker, started_at=datetime.now(UTC)))
        return self._segments[-1]
