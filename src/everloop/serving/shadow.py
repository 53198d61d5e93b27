"""A shadow: a version that sees an endpoint's traffic and answers nobody, and the rows that wait for it."""

import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from everloop.bundles.runtime import Output
from everloop.ledger.capture import Answered
from everloop.records.routes import Variant
from everloop.serving.decoding import Decoded
from everloop.serving.loaded_bundle import LoadedBundle, ModelFailed
from everloop.serving.metrics import ShadowMeter
from everloop.serving.refusal import Refused

MOST_ROWS = 256  # of one inference
VALUES_BYTES = 64  # of a row in the columns layout, for each of its values: about


class Seen:
    """Rows of one answered request, or some of them, that a shadow is to see."""

    __slots__ = ("body", "decoded", "ids", "key_hash", "served_at")

    def __init__(
        self, ids: Sequence[str], *, decoded: Decoded | None, body: bytes, key_hash: str, served_at: int
    ) -> None:
        self.ids = ids  # the answer's own
        self.decoded = decoded  # None: the shadow's signature is another, so it reads `body` itself
        self.body = body
        self.key_hash = key_hash
        self.served_at = served_at  # the answer's, in ns: both rows of a pair are mature at one moment

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        if self.decoded is None:
            return len(self.body)
        values = self.decoded.values
        return len(self.decoded.packed) + (len(values) * len(values[0]) * VALUES_BYTES if values else 0)

    def read_by(self, bundle: LoadedBundle) -> "Seen":
        """With its rows decoded; raises Refused where the bundle's signature does not take them."""
        if self.decoded is not None:
            return self
        return self._with(self.ids, bundle.decode(self.body))

    def split(self, rows: int) -> tuple["Seen", "Seen"]:
        """The first rows, and the others."""
        assert self.decoded is not None
        first, rest = self.decoded.split(rows)
        return self._with(self.ids[:rows], first), self._with(self.ids[rows:], rest)

    def _with(self, ids: Sequence[str], decoded: Decoded) -> "Seen":
        return Seen(ids, decoded=decoded, body=b"", key_hash=self.key_hash, served_at=self.served_at)


class Shadow:
    """One shadow of one endpoint. Of what waits it takes as many rows at a time as it can answer in the time given."""

    __slots__ = ("_at_a_time", "_context", "_waiting", "bundle", "bytes", "meter", "reference", "rows")

    def __init__(self, variant: Variant, bundle: LoadedBundle, *, context: int, meter: ShadowMeter) -> None:
        self.reference = f"{variant.model}@{variant.version}"
        self.meter = meter
        self.rows = self.bytes = 0  # that wait
        self.bundle = bundle
        self._context = context  # its number in the capture log
        self._waiting: deque[Seen] = deque()
        self._at_a_time = 1  # rows; nobody knows yet how long they take

    def add(self, seen: Seen) -> None:
        """Let some rows wait."""
        self._waiting.append(seen)
        self._count(seen, 1)

    def clear(self) -> None:
        """Let nothing wait any more."""
        self._waiting.clear()
        self.rows = self.bytes = 0

    def drop_before(self, moment: int) -> int:
        """Let nothing wait that was answered before `moment`, in ns; how many rows that was."""
        before = self.rows
        while self._waiting and self._waiting[0].served_at < moment:
            self._count(self._waiting.popleft(), -1)
        return before - self.rows

    def answer_some(self, within_s: float) -> list[Answered]:
        """What to capture for the next rows; those that it fails on have an error instead of an output."""
        begun = time.perf_counter()
        taken, refused = self._take()
        if not taken:
            return refused
        answers = self._infer(taken)
        rows = sum([len(seen.ids) for seen in taken])
        fitting = int(rows * within_s / max(time.perf_counter() - begun, 1e-6))
        self._at_a_time = max(1, min(fitting, 2 * self._at_a_time, MOST_ROWS))
        return answers + refused

    def _take(self) -> tuple[list[Seen], list[Answered]]:
        """The next rows, and those among them that the shadow's own signature does not take."""
        taken: list[Seen] = []
        refused: list[Answered] = []
        room = self._at_a_time
        while self._waiting and room > 0:
            seen = self._waiting.popleft()
            self._count(seen, -1)
            room -= len(seen.ids)
            try:
                seen = seen.read_by(self.bundle)
            except Refused as error:
                refused.append(self._failed(seen, f"it does not take this row: {error}", 0.0))
                continue
            if room < 0:
                seen, rest = seen.split(len(seen.ids) + room)
                self._waiting.appendleft(rest)
                self._count(rest, 1)
            taken.append(seen)
        return taken, refused

    def _infer(self, group: list[Seen]) -> list[Answered]:
        """One inference for all; where it fails, one for each, so that no row fails for another."""
        begun = time.perf_counter()
        try:
            output = self._output(group)
        except ModelFailed as error:
            if len(group) == 1:
                return [self._failed(group[0], f"the model failed: {error}", time.perf_counter() - begun)]
            return [answer for seen in group for answer in self._infer([seen])]
        latency = int((time.perf_counter() - begun) * 1e6)
        answers, start = [], 0
        for seen in group:
            end = start + len(seen.ids)
            answers.append(self._answered(seen, output[start:end].tobytes(), latency, ""))
            start = end
        return answers

    def _output(self, group: list[Seen]) -> Output:
        rows = [seen.decoded for seen in group if seen.decoded is not None]
        output = self.bundle.infer(rows[0] if len(rows) == 1 else Decoded.joined(rows))
        if not np.isfinite(output).all():
            raise ModelFailed("it answered a number that is not finite")
        return output

    def _failed(self, seen: Seen, error: str, seconds: float) -> Answered:
        return self._answered(seen, b"", int(seconds * 1e6), error)

    def _answered(self, seen: Seen, output: bytes, latency_us: int, error: str) -> Answered:
        """Without a body: the answer of the same id has it."""
        return Answered(
            self._context, seen.ids, b"", output, seen.served_at, latency_us, seen.key_hash, error
        )

    def _count(self, seen: Seen, sign: int) -> None:
        self.rows += sign * len(seen.ids)
        self.bytes += sign * seen.size
