"""What the buttons do."""

import pytest

from everloop.actions.queries.events import EventsQuery, list_events


def reasons(house) -> list[tuple[str, str]]:
    found = list_events(house.context(), EventsQuery(newest=5, subject="endpoint:churn"))
    return [(event.action, event.reason) for event in found]


def test_roll_back_goes_back_once_however_often_the_form_is_sent(house, browser):
    fields = {**browser.fields("roll-back"), "reason": "  it looks\n odd "}
    before = house.champion()
    for _ in range(3):
        answer = browser.post("/page/churn/roll-back", fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/page/churn")
    assert house.champion() != before
    assert reasons(house).count(("roll_back", "it looks odd")) == 1
    assert "Rolled back" in browser.get("/page/churn").text
    put_back(house)


def test_a_form_whose_champion_has_gone_says_so_and_changes_nothing(house, browser):
    fields = browser.fields("roll-back")
    put_back(house, version=1)
    assert browser.post("/page/churn/roll-back", fields).status_code == 303
    shown = browser.get("/page/churn").text
    assert 'class="notice bad"' in shown
    assert house.champion() == "churn@1"
    put_back(house)


def test_approve_without_a_cycle_says_so(house, browser):
    fields = {**browser.fields("roll-back"), "candidate": "churn@3"}
    assert browser.post("/page/churn/approve", fields).status_code == 303
    assert "No cycle is open" in browser.get("/page/churn").text


@pytest.mark.parametrize("token", ["", "wrong", None])
def test_without_the_token_of_its_session_a_form_does_nothing(house, browser, token):
    fields = browser.fields("roll-back")
    fields = {k: v for k, v in fields.items() if k != "form-token"} | (
        {} if token is None else {"form-token": token}
    )
    before = house.champion()
    assert browser.post("/page/churn/roll-back", fields).status_code == 403
    assert house.champion() == before


def test_the_form_of_another_session_does_nothing(house, browser):
    fields = house.browser().fields("roll-back")
    before = house.champion()
    assert browser.post("/page/churn/roll-back", fields).status_code == 403
    assert house.champion() == before


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"reason": "x" * 501}, 400),
        ({"reason": "x" * 20_000}, 413),
        ({"moment": "../x"}, 400),
        ({"moment": ""}, 400),
    ],
)
def test_a_form_that_is_not_as_we_made_it_does_nothing(house, browser, change, status):
    before = house.champion()
    assert (
        browser.post("/page/churn/roll-back", {**browser.fields("roll-back"), **change}).status_code == status
    )
    assert house.champion() == before


def test_a_viewer_sees_the_page_and_decides_nothing(house, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(house.pages, "_principal", replace(house.pages._principal, role="viewer"))
    browser = house.browser()
    before = house.champion()
    fields = browser.fields("roll-back")
    assert browser.post("/page/churn/roll-back", fields).status_code == 403
    assert house.champion() == before


def test_an_endpoint_that_is_not_there_is_a_page_that_says_so(browser):
    answer = browser.get("/page/none")
    assert answer.status_code == 404
    assert "There is no endpoint" in answer.text


def test_the_root_leads_to_the_first_endpoint(browser):
    answer = browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/page/churn")


def put_back(house, version: int = 2) -> None:
    from everloop.actions.deploy import DeployRequest, deploy

    deploy(house.context(), DeployRequest(endpoint="churn", model="churn", version=version, override="back"))
    house.pages._watcher("churn").touch()  # a page may be a second old
