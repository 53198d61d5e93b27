import re
from pathlib import Path

import pytest

from everloop.serving import metrics_files
from everloop.serving.metrics import LATENCY_BOUNDS, Metrics, added, as_text, series
from everloop.serving.metrics_files import (
    WorkerCounts,
    read_counts,
    retire_all_counts,
    retire_counts,
    write_counts,
)
from everloop.stores.layout import Layout

CHAMPION = {"endpoint": "churn", "variant": "champion"}
LINE = re.compile(r'[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+')


def counted(*seconds: float) -> dict[str, float]:
    metrics = Metrics()
    for one in seconds:
        metrics.meter("churn", "champion").observe(2, one)
    return metrics.counts()


def test_a_histogram_counts_what_is_at_most_its_bound():
    counts = counted(0.0001, 0.0002, 0.02, 100.0)
    bucket = lambda bound: counts[series("everloop_request_seconds_bucket", **CHAMPION, le=bound)]  # noqa: E731
    assert [bucket("0.0001"), bucket("0.00025"), bucket("0.01"), bucket("0.025"), bucket("5.0")] == [
        1,
        2,
        2,
        3,
        3,
    ]
    assert bucket("+Inf") == counts[series("everloop_request_seconds_count", **CHAMPION)] == 4
    assert counts[series("everloop_rows_total", **CHAMPION)] == 8


def test_every_line_is_prometheus_text():
    metrics = Metrics()
    metrics.meter("churn", "champion").observe(1, 0.001)
    metrics.add("everloop_refused_total", code="too-slow", status=408)
    lines = as_text(metrics.counts()).decode().splitlines()
    values = [line for line in lines if not line.startswith("#")]
    assert len(values) == len(metrics.counts())
    assert all(LINE.fullmatch(line) for line in values)
    assert "# TYPE everloop_request_seconds histogram" in lines
    assert len([line for line in values if "_bucket" in line]) == len(LATENCY_BOUNDS) + 1


def test_workers_add_up():
    assert added([counted(1.0), counted(1.0, 1.0)]) == counted(1.0, 1.0, 1.0)


def test_whoever_is_asked_tells_of_all_workers(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    write_counts(layout, "w_1", WorkerCounts(slot=0, route_table=7, connections=3, counts=counted(1.0)))
    write_counts(layout, "w_2", WorkerCounts(slot=1, route_table=8, connections=4, counts=counted(1.0)))
    values = read_counts(layout)
    assert values[series("everloop_rows_total", **CHAMPION)] == 4
    assert values['everloop_route_table{worker="1"}'] == 8
    assert values["everloop_workers"] == 2


def test_the_counts_of_a_dead_worker_stay(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    for token in ("w_1", "w_2", "w_3"):
        write_counts(layout, token, WorkerCounts(slot=0, counts=counted(1.0)))
    retire_counts(layout, "w_1")
    retire_counts(layout, "w_2")
    retire_counts(layout, "w_2")
    values = read_counts(layout)
    assert values[series("everloop_rows_total", **CHAMPION)] == 6
    assert values["everloop_workers"] == 1
    assert len(list(layout.run.iterdir())) == 2


def test_a_damaged_file_is_left_out(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    (layout.run / "metrics-w_1.json").write_bytes(b"{")
    assert read_counts(layout)["everloop_workers"] == 0


def rows(layout) -> float:
    return read_counts(layout)[series("everloop_rows_total", **CHAMPION)]


@pytest.mark.parametrize("step", ["_replace", "unlink"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_scrape_at_any_step_of_a_workers_burial_tells_the_same(tmp_path, monkeypatch, step, moment):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    for token in ("w_1", "w_2"):
        write_counts(layout, token, WorkerCounts(counts=counted(1.0)))
    owner = metrics_files if step == "_replace" else Path
    act, told = getattr(owner, step), []

    def watched(*args, **kwargs):
        told.extend([rows(layout)] * (moment == "before"))
        act(*args, **kwargs)
        told.extend([rows(layout)] * (moment == "after"))

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, watched)
        retire_counts(layout, "w_1")
    assert told == [4]
    assert rows(layout) == 4


def test_a_worker_buried_while_somebody_reads_counts_once(tmp_path, monkeypatch):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    for token in ("w_1", "w_2"):
        write_counts(layout, token, WorkerCounts(counts=counted(1.0)))
    read = metrics_files._read

    def buried_after(path):
        counts = read(path)
        if path.name == "metrics-w_1.json":
            monkeypatch.setattr(metrics_files, "_read", read)
            retire_counts(layout, "w_1")
        return counts

    monkeypatch.setattr(metrics_files, "_read", buried_after)
    assert rows(layout) == rows(layout) == 4


def test_a_file_that_could_not_be_removed_does_not_count_again_for_a_successor(tmp_path, monkeypatch):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    write_counts(layout, "w_1", WorkerCounts(counts=counted(1.0)))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        retire_counts(layout, "w_1")
    retire_all_counts(layout)
    assert rows(layout) == 2
    assert [path.name for path in layout.run.iterdir()] == ["metrics-retired.json"]
