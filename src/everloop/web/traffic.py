"""How much an endpoint answers, and how fast, from the counters that its workers keep."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from everloop.serving.metrics import LATENCY_BOUNDS

SERIES = re.compile(
    r'everloop_(requests_total|rows_total|request_seconds_bucket)\{endpoint="([^"]+)",variant="([^"]+)"(?:,(?:status|le)="([^"]+)")?\}'
)
WINDOW_S = 60.0
POINTS = 60  # that are kept to be drawn


@dataclass(frozen=True, slots=True)
class Counters:
    """An endpoint's counters at one moment: they only grow."""

    rows: float = 0.0
    requests: float = 0.0
    failed: float = 0.0
    buckets: tuple[float, ...] = (0.0,) * (len(LATENCY_BOUNDS) + 1)  # answers up to each bound, and all

    def less(self, before: "Counters") -> "Counters":
        """What came since `before`; a counter that went back began anew."""
        if self.requests < before.requests:
            return self
        return Counters(
            rows=max(0.0, self.rows - before.rows),
            requests=self.requests - before.requests,
            failed=max(0.0, self.failed - before.failed),
            buckets=tuple(
                max(0.0, now - then) for now, then in zip(self.buckets, before.buckets, strict=True)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """An endpoint's traffic. Without a `rate` nobody has looked for long enough; latencies are then of all answers."""

    rate: float | None  # rows answered a second
    p50_s: float | None
    p99_s: float | None
    failed: float  # requests, of those that the latencies are of
    requests: float
    over_s: float  # that were looked at; 0: since the workers were first started
    rates: tuple[float, ...] = ()  # the newest last


@dataclass(slots=True)
class TrafficWatch:
    """The counters of one endpoint as they were at the last looks."""

    looks: deque[tuple[float, Counters]] = field(default_factory=lambda: deque(maxlen=600))
    rates: deque[float] = field(default_factory=lambda: deque(maxlen=POINTS))

    def seen(self, counters: Counters, now_s: float) -> Traffic:
        """The traffic, with this look; `now_s` is of a clock that never goes back."""
        if self.looks and now_s - self.looks[-1][0] > WINDOW_S:
            self.looks.clear()  # nobody has looked meanwhile: what was then says nothing of now
            self.rates.clear()
        self.looks.append((now_s, counters))
        while len(self.looks) > 2 and now_s - self.looks[1][0] >= WINDOW_S:
            self.looks.popleft()
        then, before = self.looks[0]
        passed = now_s - then
        if passed <= 0:
            return _told(counters, None, 0.0, ())
        (last_s, last), (_, newest) = self.looks[-2], self.looks[-1]
        self.rates.append(newest.less(last).rows / max(1e-3, now_s - last_s))
        since = counters.less(before)
        return _told(since, since.rows / passed, passed, tuple(self.rates))


def counters_of(series: Mapping[str, float], endpoint: str) -> Counters:
    """The counters of an endpoint, over its variants and all workers."""
    rows = requests = failed = 0.0
    buckets: dict[str, float] = {}
    for text, value in series.items():
        match = SERIES.fullmatch(text)
        if match is None or match[2] != endpoint:
            continue
        if match[1] == "rows_total":
            rows += value
        elif match[1] == "requests_total":
            requests += value
            failed += value if match[4] != "200" else 0.0
        else:
            buckets[match[4]] = buckets.get(match[4], 0.0) + value
    order = (*(repr(bound) for bound in LATENCY_BOUNDS), "+Inf")
    return Counters(rows, requests, failed, tuple(buckets.get(bound, 0.0) for bound in order))


def quantile(buckets: Sequence[float], share: float) -> float | None:
    """The latency in seconds below which `share` of the answers lie, within its bucket by proportion; None of none.

    >>> quantile([0, 10, 20, *[20] * 13], 0.5)
    0.00025
    """
    if not buckets or buckets[-1] == 0:
        return None
    wanted = share * buckets[-1]
    edges = list(pairwise((0.0, *LATENCY_BOUNDS)))
    below = 0.0
    for (low, high), upto in zip(edges, buckets, strict=False):
        if upto >= wanted:
            return low + (high - low) * (wanted - below) / (upto - below) if upto > below else high
        below = upto
    return LATENCY_BOUNDS[-1]


def _told(since: Counters, rate: float | None, over_s: float, rates: tuple[float, ...]) -> Traffic:
    return Traffic(
        rate=rate,
        p50_s=quantile(since.buckets, 0.5),
        p99_s=quantile(since.buckets, 0.99),
        failed=since.failed,
        requests=since.requests,
        over_s=over_s,
        rates=rates,
    )
