import threading
from datetime import UTC, datetime

import pytest

from everloop.errors import WorkspaceBusy, WorkspaceUnusable
from everloop.serving.status import (
    Refused,
    ServingStatus,
    WorkerStatus,
    last_status,
    serving_status,
    write_status,
)
from everloop.serving.tenancy import Tenancy, is_tenanted
from everloop.stores.layout import Layout

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def status(*workers: WorkerStatus) -> ServingStatus:
    return ServingStatus(pid=1, host="127.0.0.1", port=8080, state="serving", workers=workers)


def worker(table: int | None, *, ready: bool = True, leaving: bool = False) -> WorkerStatus:
    return WorkerStatus(slot=0, pid=2, table=table, ready_since=SINCE if ready else None, leaving=leaving)


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path)
    layout.run.mkdir()
    return layout


@pytest.mark.parametrize(
    ("workers", "reached"),
    [
        ((), False),
        ((worker(3),), True),
        ((worker(4), worker(3)), True),
        ((worker(3), worker(2)), False),
        ((worker(3), worker(None, ready=False)), True),  # it will load the newest before it is ready
        ((worker(None, ready=False),), False),
        ((worker(3), worker(2, leaving=True)), False),  # it may still answer from the older one
    ],
)
def test_a_table_is_reached_when_everyone_who_answers_does_so_from_it(workers, reached):
    assert status(*workers).has_reached(3) is reached


def test_what_is_written_is_read(layout):
    told = ServingStatus(
        pid=1,
        host="::1",
        port=80,
        state="leaving",
        workers=(worker(3),),
        refused=(Refused(endpoint="churn", bundle="b", reason="torn"),),
        deaths=2,
        note="a note",
    )
    write_status(layout, told)
    assert last_status(layout) == told
    assert told.url == "http://[::1]:80"
    assert [p.name for p in layout.run.iterdir()] == ["serving.json"]


def test_the_file_of_a_supervisor_that_was_killed_does_not_count(layout):
    write_status(layout, status())
    assert serving_status(layout) is None
    tenancy = Tenancy(layout)
    assert serving_status(layout) == status()
    tenancy.release()
    assert serving_status(layout) is None


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"format": "everloop.serving-status/9"}', b"\xff"])
def test_a_file_that_says_nothing_is_nothing(layout, data):
    (layout.run / "serving.json").write_bytes(data)
    assert last_status(layout) is None


def test_a_second_tenant_is_refused_and_a_look_disturbs_nobody(layout):
    tenancy = Tenancy(layout)
    with pytest.raises(WorkspaceBusy, match="being served already"):
        Tenancy(layout, patience_s=0.0)
    tenancy.release()
    looks = [threading.Thread(target=is_tenanted, args=(layout,)) for _ in range(20)]
    for look in looks:
        look.start()
    Tenancy(layout).release()
    for look in looks:
        look.join()


def test_a_file_in_the_way_is_one_clear_line(layout):
    (layout.run / "serving.lock").mkdir()
    with pytest.raises(WorkspaceUnusable, match="Cannot write"):
        Tenancy(layout)
