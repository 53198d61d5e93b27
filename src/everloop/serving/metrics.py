"""What a worker counts, and how all workers' counts are told together in Prometheus' text format.

A series is known by its text, `name{label="value"}`, so that adding up workers is adding up equal texts.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate

LATENCY_BOUNDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
)

FAMILIES = {
    "everloop_requests_total": ("counter", "Requests answered, by endpoint, variant and status."),
    "everloop_rows_total": ("counter", "Rows predicted, by endpoint and variant."),
    "everloop_request_seconds": (
        "histogram",
        "From a request's last byte to its answer, by endpoint and variant.",
    ),
    "everloop_captured_rows_total": ("counter", "Rows kept in the capture log before they were answered."),
    "everloop_recorded_rows_total": (
        "counter",
        "Rows kept that a model answered which is served elsewhere, by endpoint and variant.",
    ),
    "everloop_outcomes_total": ("counter", "Outcomes kept in the capture log, by endpoint."),
    "everloop_capture_failures_total": ("counter", "Groups that the capture log did not take."),
    "everloop_refused_total": ("counter", "Requests refused, by the code of the problem."),
    "everloop_shadow_rows_total": ("counter", "Rows that a shadow answered, by endpoint and shadow."),
    "everloop_shadow_failed_total": ("counter", "Rows of these that it failed on."),
    "everloop_shadow_dropped_total": (
        "counter",
        "Rows that a shadow did not get to see, by endpoint and shadow: its queue was full.",
    ),
    "everloop_connections_total": ("counter", "Connections accepted."),
    "everloop_connections": ("gauge", "Connections open now, by worker."),
    "everloop_route_table": ("gauge", "The number of the route table that a worker answers from."),
    "everloop_workers": ("gauge", "Workers that answer."),
}


def series(name: str, **labels: str | int) -> str:
    """A series' text; labels hold names and codes of ours only, so nothing needs escaping.

    >>> series("everloop_rows_total", endpoint="churn", variant="champion")
    'everloop_rows_total{endpoint="churn",variant="champion"}'
    """
    inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{inside}}}" if inside else name


class Meter:
    """The counts of one variant, in plain attributes: they are touched at every request."""

    __slots__ = (
        "_buckets",
        "_endpoint",
        "_seconds",
        "_variant",
        "answered",
        "captured",
        "failed",
        "recorded",
        "rows",
        "uncaptured",
    )

    def __init__(self, endpoint: str, variant: str) -> None:
        self._endpoint = endpoint
        self._variant = variant
        self._buckets = [0] * (len(LATENCY_BOUNDS) + 1)
        self._seconds = 0.0
        self.answered = 0
        self.rows = 0
        self.captured = 0
        self.failed = 0
        self.uncaptured = 0
        self.recorded = 0  # rows that a model answered which is served elsewhere

    def observe(self, rows: int, seconds: float) -> None:
        """Count one answer."""
        self.answered += 1
        self.rows += rows
        self.captured += rows
        self._seconds += seconds
        self._buckets[bisect_left(LATENCY_BOUNDS, seconds)] += 1

    def counts(self) -> dict[str, float]:
        """Its series."""
        labels: dict[str, str | int] = {"endpoint": self._endpoint, "variant": self._variant}
        statuses = {200: self.answered, 500: self.failed, 503: self.uncaptured}
        counts: dict[str, float] = {
            series("everloop_requests_total", **labels, status=s): n for s, n in statuses.items() if n
        }
        counts[series("everloop_rows_total", **labels)] = self.rows
        counts[series("everloop_captured_rows_total", **labels)] = self.captured
        if self.recorded:
            counts[series("everloop_recorded_rows_total", **labels)] = self.recorded
        bounds = (*(repr(bound) for bound in LATENCY_BOUNDS), "+Inf")
        for bound, below in zip(bounds, accumulate(self._buckets), strict=True):
            counts[series("everloop_request_seconds_bucket", **labels, le=bound)] = below
        counts[series("everloop_request_seconds_sum", **labels)] = self._seconds
        counts[series("everloop_request_seconds_count", **labels)] = self.answered
        return counts


class ShadowMeter:
    """The counts of one shadow."""

    __slots__ = ("_labels", "dropped", "failed", "rows")

    def __init__(self, endpoint: str, variant: str) -> None:
        self._labels = {"endpoint": endpoint, "variant": variant}
        self.rows = 0  # captured, with those it failed on
        self.failed = 0
        self.dropped = 0

    def counts(self) -> dict[str, float]:
        """Its series."""
        counts = {"rows": self.rows, "failed": self.failed, "dropped": self.dropped}
        return {series(f"everloop_shadow_{what}_total", **self._labels): n for what, n in counts.items()}


class Metrics:
    """Everything that one worker counts."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str], Meter] = {}
        self._shadow_meters: dict[tuple[str, str], ShadowMeter] = {}
        self._counts: Counter[str] = Counter()

    def meter(self, endpoint: str, variant: str) -> Meter:
        """The counts of a variant; they go on when its endpoint gets another table."""
        return self._meters.setdefault((endpoint, variant), Meter(endpoint, variant))

    def shadow_meter(self, endpoint: str, variant: str) -> ShadowMeter:
        """The counts of a shadow; they go on when its endpoint gets another table."""
        return self._shadow_meters.setdefault((endpoint, variant), ShadowMeter(endpoint, variant))

    def add(self, name: str, amount: int = 1, **labels: str | int) -> None:
        """Count something that does not happen at every request."""
        self._counts[series(name, **labels)] += amount

    def counts(self) -> dict[str, float]:
        """All series of this worker that only grow."""
        counts: Counter[str] = Counter(self._counts)
        for meter in self._meters.values():
            counts.update(meter.counts())
        for shadow in self._shadow_meters.values():
            counts.update(shadow.counts())
        return dict(counts)


def added(counts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The sum of several workers' counts."""
    total: dict[str, float] = {}
    for some in counts:
        for text, value in some.items():
            total[text] = total.get(text, 0) + value
    return total


def as_text(values: Mapping[str, float]) -> bytes:
    """Prometheus' text exposition format, version 0.0.4."""
    lines = []
    for family, (kind, told) in FAMILIES.items():
        members = [text for text in values if _family(text) == family]
        if members:
            lines += [f"# HELP {family} {told}", f"# TYPE {family} {kind}"]
            lines += [f"{text} {values[text]:.17g}" for text in members]
    return ("\n".join(lines) + "\n").encode()


def _family(text: str) -> str:
    name = text.partition("{")[0]
    if name in FAMILIES:
        return name
    return name.rpartition("_")[0]
