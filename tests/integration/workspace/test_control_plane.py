"""The same handles, in process or through a control plane: the user does not notice."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pandas as pd
import pytest

import everloop as el
from everloop.access.tokens import control_token, new_token
from everloop.datasets.accept import to_arrow
from everloop.errors import Denied, InvalidRequest, NotFound, SchemaMismatch, Unreachable
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.workspace.remote import ARROW, arrow_bytes

Up = Callable[[Path], AbstractContextManager[str]]


@dataclass
class Running:
    folder: Path
    url: str
    local: el.Workspace
    remote: el.Workspace


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame, up: Up) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[training]\nmlflow = false\n")
    with el.open(folder) as before:
        before.datasets["tumours"].append(rows[:300])
    with up(folder) as url:
        token = control_token(Layout(folder / ".everloop"))
        with el.open(folder) as local, el.connect(url, token=token) as remote:
            yield Running(folder, url, local, remote)


def test_a_local_workspace_acts_through_the_control_plane_while_it_runs(
    running: Running, rows: pd.DataFrame
) -> None:
    version = running.local.datasets["tumours"].append(rows[300:310])
    assert version in running.remote.datasets["tumours"].log()


def test_how_far_rows_reach_goes_through_the_control_plane(running: Running, rows: pd.DataFrame) -> None:
    when = datetime(2020, 7, 1, 10, tzinfo=UTC)
    for workspace in (running.local, running.remote):
        assert workspace.datasets["old"].append(rows[:5], until="2020-07-01T12:00+02:00").until == when
        with pytest.raises(InvalidRequest, match="lies in the future"):
            workspace.datasets["old"].append(rows[:5], until="2999-01-01")
    assert len(running.remote.datasets["old"].log()) == 2


def _appended(running: Running, rows: pd.DataFrame, dataset: str, until: str) -> httpx.Response:
    """What HTTP answers to an append whose query ends in `until` as it stands here."""
    token = control_token(Layout(running.folder / ".everloop"))
    return httpx.post(
        f"{running.url}/datasets/{dataset}/rows?until={until}",
        headers={"Authorization": f"Bearer {token}", "Content-Type": ARROW},
        content=arrow_bytes(to_arrow(rows[:5])),
    )


@pytest.mark.parametrize(
    ("until", "moment"),
    [
        ("2020-07-01", "2020-07-01T23:59:59.999999Z"),
        ("2020-07-02T10:00Z", "2020-07-02T10:00:00Z"),
        ("2020-07-03T12:00%2B02:00", "2020-07-03T10:00:00Z"),
        ("2020-07-04T12:00+02:00", "2020-07-04T10:00:00Z"),  # in a query `+` is a space
    ],
)
def test_over_http_a_moment_is_written_as_everywhere(
    running: Running, rows: pd.DataFrame, until: str, moment: str
) -> None:
    answer = _appended(running, rows, "over_http", until)
    assert (answer.status_code, answer.json()["until"]) == (200, moment)


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("2020-07-01T10:00:00", "has no time zone"),
        ("1774958400", "is no moment"),
        ("null", "is no moment"),
        ("", "is no moment"),
        ("0001-01-01T00:00Z", "lies before 1970"),
        ("2999-01-01", "lies in the future"),
    ],
)
def test_a_moment_that_the_control_plane_cannot_read_is_a_400(
    running: Running, rows: pd.DataFrame, until: str, says: str
) -> None:
    answer = _appended(running, rows, "new", until)
    assert (answer.status_code, says in answer.json()["detail"]) == (400, True)
    assert "new" not in running.remote.datasets


def test_appends_that_wait_for_one_dataset_hold_up_nothing_else(running: Running, rows: pd.DataFrame) -> None:
    layout, many = Layout(running.folder / ".everloop"), 48  # more than a control plane has threads
    running.remote.datasets["queue"].append(rows[:5])
    headers = {"Authorization": f"Bearer {control_token(layout)}", "Content-Type": ARROW}
    client = partial(httpx.AsyncClient, base_url=running.url, headers=headers)
    body, sent = arrow_bytes(to_arrow(rows[:5])), asyncio.Semaphore(0)

    async def traced(event: str, detail: object) -> None:
        if event == "http11.send_request_body.complete":
            sent.release()

    async def others() -> None:
        async with client(timeout=20) as other:
            for _ in range(10):
                await other.get("/ping")  # answered after what came before it was looked at
            assert (await other.get("/datasets")).status_code == 200
            assert (await other.post("/datasets/elsewhere/rows", content=body)).json()["rows"] == 5

    async def scene() -> list[httpx.Response]:
        async with client(timeout=50) as crowd:
            with WriterLock(layout.append_lock("queue")).held(purpose="a long append"):
                send = partial(crowd.post, "/datasets/queue/rows", content=body, extensions={"trace": traced})
                waiting = [asyncio.create_task(send()) for _ in range(many)]
                for _ in waiting:
                    await sent.acquire()
                await others()
                assert not any(task.done() for task in waiting)
            return await asyncio.gather(*waiting)

    answers = asyncio.run(scene())
    assert [answer.status_code for answer in answers] == [200] * many
    assert sorted(answer.json()["number"] for answer in answers) == list(range(2, many + 2))
    assert running.remote.datasets["queue"].read().num_rows == 5 * (many + 1)


def test_reading_gives_the_same_rows_here_and_there(running: Running) -> None:
    here, there = (ws.datasets["tumours"].read(1) for ws in (running.local, running.remote))
    assert here.equals(there)
    assert here.num_rows == 300


def test_a_model_is_trained_deployed_and_asked_from_another_machine(
    running: Running, rows: pd.DataFrame, recipe: el.Recipe
) -> None:
    endpoint = running.remote.train("tumours", recipe).deploy("tumours")
    answer = endpoint.predict(rows[400:420].drop(columns="kind"))
    endpoint.outcomes("kind", answer.ids, rows[400:420]["kind"])
    quality = running.remote.ledger("tumours").quality()
    assert (quality.counts.predictions, quality.counts.with_truth) == (20, 20)
    assert running.remote.ledger("tumours").joined().equals(running.local.ledger("tumours").joined())


def test_an_error_is_the_same_error_there(running: Running, rows: pd.DataFrame) -> None:
    wrong = rows[:1].rename(columns={"mean_area": "mean_aera"})
    messages = []
    for ws in (running.local, running.remote):
        with pytest.raises(SchemaMismatch, match="mean_area") as caught:
            ws.datasets["tumours"].append(wrong)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    with pytest.raises(NotFound, match="nothing@1"):
        running.remote.version("nothing@1")


def test_a_repeated_key_appends_once_over_the_network(running: Running, rows: pd.DataFrame) -> None:
    dataset = running.remote.datasets["tumours"]
    first = dataset.append(rows[320:330], key="the-same")
    assert dataset.append(rows[320:330], key="the-same") == first
    assert dataset.log()[-1] == first


def test_another_token_is_denied(running: Running) -> None:
    with el.connect(running.url, token=new_token()) as stranger, pytest.raises(Denied):
        stranger.status()


def test_nobody_there_is_said_in_one_line() -> None:
    with (
        el.connect("http://127.0.0.1:1", token=new_token()) as nobody,
        pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"),
    ):
        nobody.status()


def test_the_workspace_goes_on_in_process_when_the_control_plane_stops(
    tmp_path: Path, rows: pd.DataFrame, up: Up
) -> None:
    with el.open(tmp_path) as ws:
        with up(tmp_path):
            ws.datasets["tumours"].append(rows[:50])
        ws.datasets["tumours"].append(rows[50:60])
        assert [v.rows for v in ws.datasets["tumours"].log()] == [50, 60]
