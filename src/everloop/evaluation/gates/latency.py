"""E105: one row is answered in time."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter_ns

import numpy as np

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import Columns, Matrix, PackedRuntime, Runtime
from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.ledger.inputs import inputs_of
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
        """Measured on rows that it learned from; on requests where none are known, as of an imported model.

        Says nothing where there are neither.
        """
        signature = case.candidate.signature
        learned = case.candidate.learned
        if not learned.num_rows:
            learned = inputs_of(case.material.traffic, signature)
        if not learned.num_rows:
            return ()
        encoded = encode(signature, learned.slice(max(0, learned.num_rows - DIFFERENT)))
        took = min(_blocks(case.candidate.bundle.runtime(), _single(encoded)))
        told = f"19 of 20 rows take it at most {took:.3g} ms each, {self.limit:g} ms are allowed"
        return (finding(self.code, "latency", told, rows=ROWS, found=took, limit=self.limit),)


def _single(encoded: Matrix | Columns) -> list[Matrix | Columns]:
    """The rows one by one."""
    if isinstance(encoded, np.ndarray):
        return [encoded[place : place + 1] for place in range(len(encoded))]
    count = len(next(iter(encoded.values())))
    return [{name: cells[place : place + 1] for name, cells in encoded.items()} for place in range(count)]


def _blocks(runtime: Runtime, rows: list[Matrix | Columns]) -> list[float]:
    """The 95th percentile of each block, in milliseconds."""
    again = cycle([_ask(runtime, row) for row in rows])
    for ask in islice(again, WARM_UP):
        ask()
    return [float(np.quantile([_took(ask) for ask in islice(again, BLOCK)], SHARE)) for _ in range(BLOCKS)]


def _ask(runtime: Runtime, row: Matrix | Columns) -> Callable[[], object]:
    """As a worker asks: packed, where the runtime takes that."""
    if isinstance(runtime, PackedRuntime) and isinstance(row, np.ndarray):
        packed = row.astype("<f4").tobytes()
        return lambda: runtime.predict_packed(packed, 1)
    return lambda: runtime.predict(row)


def _took(ask: Callable[[], object]) -> float:
    began = perf_counter_ns()
    ask()
    return (perf_counter_ns() - began) / 1e6
