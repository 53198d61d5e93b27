"""A loop held from Python over a control plane: it turns, its gates look, and a candidate is approved or rejected."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import pytest

import everloop as el
from everloop.access.tokens import control_token
from everloop.errors import Conflict, InvalidRequest, NotFound
from everloop.records.cycle import Cycle
from everloop.stores.layout import Layout

Up = Callable[[Path], AbstractContextManager[str]]


def _loop(recipe: el.Recipe, mode: str = "propose") -> el.Loop:
    gates = [el.NoWorse(margin=0.3), el.BeatsBaseline()]
    rollout = el.AllAtOnce(bake="1s", margin=0.3)
    return el.Loop("keeper", endpoint="tumours", model="tumours", data="tumours", recipe=recipe, mode=mode,
                   gates=gates, rollout=rollout, triggers=[])  # fmt: skip


@pytest.fixture(scope="module")
def ws(
    tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame, recipe: el.Recipe, up: Up
) -> Iterator[el.Workspace]:
    """A remote workspace: tumours@1 answers, 300 of its answers have their truth, a loop is declared."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[training]\nmlflow = false\n")
    shuffled = rows.sample(frac=1, random_state=7)
    with el.open(folder) as before:
        before.datasets["tumours"].append(shuffled[:200])
    with up(folder) as url, el.connect(url, token=control_token(Layout(folder / ".everloop"))) as remote:
        endpoint = remote.train("tumours", recipe).deploy("tumours")
        later = shuffled[200:500]
        answer = endpoint.predict(later.drop(columns="kind"))
        endpoint.outcomes("kind", answer.ids, later["kind"])
        assert remote.declare(_loop(recipe)).changed
        yield remote


@pytest.fixture(scope="module")
def waiting(ws: el.Workspace) -> tuple[Cycle, list[str]]:
    """The cycle of a turn, and what was told of it."""
    told: list[str] = []
    return ws.loop("keeper").turn("new truths", progress=told.append), told


def test_declaring_the_same_again_changes_nothing(ws: el.Workspace, recipe: el.Recipe) -> None:
    assert not ws.declare(_loop(recipe)).changed


def test_a_turn_leads_to_a_candidate_that_waits_for_a_person(
    ws: el.Workspace, waiting: tuple[Cycle, list[str]]
) -> None:
    cycle, told = waiting
    assert (cycle.state, str(cycle.candidate), cycle.loop) == ("waiting", "tumours@2", "keeper")
    assert ws.endpoint("tumours").status().proposed == "tumours@2"
    assert told[0] == "Cycle tumours.1 is open."
    assert any("Done in" in line for line in told)
    assert sum("gates passed" in line for line in told) == 1


def test_the_same_cycle_is_seen_by_every_handle(ws: el.Workspace, waiting: tuple[Cycle, list[str]]) -> None:
    loop = ws.loop("tumours")
    assert loop.cycles()[-1] == loop.status().cycle == waiting[0]
    assert loop.next().state == "waiting"
    assert "waits for approval" in loop.next().says
    assert any("because new truths" in line for line in loop.why().newest)
    (glance,) = ws.loops()
    assert (glance.loop, glance.state, glance.candidate) == ("keeper", "waiting", "tumours@2")


def test_a_second_turn_beside_an_open_cycle_is_refused(
    ws: el.Workspace, waiting: tuple[Cycle, list[str]]
) -> None:
    with pytest.raises(Conflict, match=r"tumours\.1 is open at 'tumours': waiting.*everloop reject tumours"):
        ws.loop("keeper").turn(wait=False)


def test_approving_another_candidate_is_refused_and_the_right_one_is_promoted_or_taken_back(
    ws: el.Workspace, waiting: tuple[Cycle, list[str]]
) -> None:
    endpoint = ws.endpoint("tumours")
    with pytest.raises(Conflict, match="tumours@2 is at 'tumours', not tumours@1"):
        endpoint.approve("tumours@1")
    assert endpoint.approve(reason="it is better").cycle == "tumours.1"
    assert ws.loop("keeper").turn().state == "rolling"
    endpoint.reject("tumours@2", reason="not today")
    ended = ws.loop("keeper").turn()
    assert (ended.state, ended.ending) == ("closed", "rolled_back")
    assert endpoint.status().champion == "tumours@1"
    assert ws.loop("keeper").report(ended.number).markdown.startswith("# Cycle tumours.1")


def test_a_paused_loop_says_so_until_it_goes_on(ws: el.Workspace) -> None:
    loop = ws.loop("keeper")
    assert loop.pause("holiday").paused == "holiday"
    assert "paused: holiday" in loop.next().held
    assert loop.resume().paused == ""


def test_what_is_not_there_is_named(ws: el.Workspace) -> None:
    with pytest.raises(NotFound, match="no endpoint or loop 'nobody'"):
        ws.loop("nobody").why()
    with pytest.raises(NotFound, match="no endpoint 'nobody'"):
        ws.endpoint("nobody").propose("tumours@1")
    with pytest.raises(InvalidRequest, match="is no loop"):
        ws.declare("keeper")  # type: ignore[arg-type]
