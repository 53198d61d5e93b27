import numpy as np
import pytest

from everloop.serving.metrics import LATENCY_BOUNDS, Meter
from everloop.web.traffic import Counters, TrafficWatch, counters_of, quantile


def counted(latencies, endpoint="churn", variant="champion"):
    meter = Meter(endpoint, variant)
    for seconds in latencies:
        meter.observe(1, seconds)
    return meter


def test_counters_add_up_the_variants_of_one_endpoint_and_leave_out_others():
    series = counted([0.001] * 3).counts() | counted([0.002] * 2, variant="candidate").counts()
    series |= counted([0.1] * 50, endpoint="other").counts()
    found = counters_of(series, "churn")
    assert (found.rows, found.requests, found.buckets[-1]) == (5, 5, 5)


def test_failures_are_requests_of_another_status():
    meter = counted([0.001] * 8)
    meter.failed, meter.uncaptured = 1, 1
    found = counters_of(meter.counts(), "churn")
    assert (found.requests, found.failed) == (10, 2)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_quantile_lies_in_the_bucket_of_the_exact_one(share):
    latencies = np.random.default_rng(1).lognormal(-6, 1, 5000)
    exact = float(np.quantile(latencies, share))
    found = quantile(counters_of(counted(latencies).counts(), "churn").buckets, share)
    edges = (0.0, *LATENCY_BOUNDS)
    place = int(np.searchsorted(edges, exact))
    assert edges[place - 1] <= found <= edges[place]


def test_without_answers_there_is_no_quantile_and_beyond_the_last_bound_it_is_the_bound():
    assert quantile([0] * 16, 0.5) is None
    assert quantile([0] * 15 + [4], 0.5) == LATENCY_BOUNDS[-1]


def test_the_rate_is_what_came_between_looks():
    watch = TrafficWatch()
    first = watch.seen(Counters(rows=100, requests=10), 0.0)
    assert (first.rate, first.over_s, first.requests) == (None, 0.0, 10)
    second = watch.seen(Counters(rows=150, requests=15), 10.0)
    assert (second.rate, second.over_s, second.requests) == (5.0, 10.0, 5)


def test_only_the_last_minute_counts():
    watch = TrafficWatch()
    for second in range(0, 200):
        told = watch.seen(
            Counters(rows=1000.0 if second < 100 else 1000 + (second - 100), requests=second), float(second)
        )
    assert told.over_s == 60.0
    assert told.rate == pytest.approx(1.0)


def test_after_a_pause_nothing_is_said_of_the_time_between():
    watch = TrafficWatch()
    watch.seen(Counters(rows=1, requests=1), 0.0)
    watch.seen(Counters(rows=2, requests=2), 1.0)
    assert watch.seen(Counters(rows=5000, requests=5000), 600.0).rate is None


def test_counters_that_began_anew_give_no_rate_below_zero():
    watch = TrafficWatch()
    watch.seen(Counters(rows=500, requests=500), 0.0)
    assert watch.seen(Counters(rows=4, requests=4), 2.0).rate == 2.0
