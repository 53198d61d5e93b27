"""E105: one row is answered in time."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter_ns
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import PackedRuntime
from everloop.errors import EverloopError
from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.evaluation.inputs import inputs_of
from everloop.records.verdict import Verdict

WARM_UP = 20  # answers that do not count: libraries load and caches fill
BLOCK = 200  # answers, measured together
BLOCKS = 5  # of which the quickest counts: what else the machine does is not the model's
ROWS = BLOCK * BLOCKS
SHARE = 0.95
DIFFERENT = 200  # rows


@dataclass(frozen=True, slots=True)
class Latency:
    """Fails a candidate whose 95th percentile of one row's time in its runtime is above `limit` milliseconds.

    Measured, five times 200 rows one by one, the quickest of the five counts. It is the model's own time: decoding,
    capture and network are the same for every model.
    """

    limit: float
    code: str = "E105"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never undecided. Says nothing of a candidate that answers no row: another gate does."""
        rows = _rows(case)
        try:
            took = min(_blocks(case.candidate.bundle.runtime(), case.candidate.signature, rows))
        except (EverloopError, ValueError):
            return ()
        told = f"19 of 20 rows take it at most {took:.3g} ms each, {self.limit:g} ms are allowed"
        return (finding(self.code, "answers in time", told, rows=ROWS, found=took, limit=self.limit),)


def _rows(case: Case) -> pa.Table:
    """Served rows, or where there are none those that it learned from."""
    source = inputs_of(case.material.traffic, case.candidate.signature)
    return (source if source.num_rows else case.candidate.learned).slice(0, DIFFERENT)


def _blocks(runtime: Any, signature: Any, rows: pa.Table) -> list[float]:  # noqa: ANN401
    """The 95th percentile of each block, in milliseconds."""
    asks = [_ask(runtime, encode(signature, rows.slice(place, 1))) for place in range(rows.num_rows)]
    again = cycle(asks)
    for ask in islice(again, WARM_UP):
        ask()
    return [float(np.quantile([_took(ask) for ask in islice(again, BLOCK)], SHARE)) for _ in range(BLOCKS)]


def _ask(runtime: Any, encoded: Any) -> Callable[[], object]:  # noqa: ANN401
    """As a worker asks: packed, where the runtime takes that."""
    if isinstance(runtime, PackedRuntime) and isinstance(encoded, np.ndarray):
        packed = encoded.astype("<f4").tobytes()
        return lambda: runtime.predict_packed(packed, 1)
    return lambda: runtime.predict(encoded)


def _took(ask: Callable[[], object]) -> float:
    began = perf_counter_ns()
    ask()
    return (perf_counter_ns() - began) / 1e6
