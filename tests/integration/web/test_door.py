"""Checks A1, A3 and A9 for the pages: who gets in, from where, and for how long."""

import re

import pytest
from starlette.routing import Route

from everloop.actions.registry import OPERATIONS
from everloop.web.assets import assets_by_url
from everloop.web.keys import new_key

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
FORM = {"content-type": "application/x-www-form-urlencoded"}
OPEN = {("GET", "/ping"), ("HEAD", "/ping"), ("GET", "/assets/{name}"), ("HEAD", "/assets/{name}")}
PAGES = {"/", "/live", "/page/{endpoint}", "/page/{endpoint}/live", "/sign-out", "/assets/{name}"}
PAGES |= {f"/page/{{endpoint}}/{action}" for action in ("approve", "reject", "roll-back")}


def test_without_a_session_only_what_is_listed_answers(house, stranger, own_page):
    """A new open path must be written into OPEN, by a person who means it."""
    answered = set()
    for route in house.app.routes:
        for verb in VERBS:
            path = route.path.replace("{", "").replace("}", "")
            content = {} if route.path in PAGES else {"content-type": "application/json"}
            headers = {**own_page, **(FORM if verb == "POST" and route.path in PAGES else content)}
            if stranger.request(verb, path, headers=headers).status_code != 401:
                answered.add((verb, route.path))
    assert answered == OPEN


def test_every_route_is_an_operation_or_a_page_that_is_listed_here(house):
    assert all(type(route) is Route for route in house.app.routes)
    paths = {route.path for route in house.app.routes}
    assert paths == {"/ping", "/openapi.json", *PAGES, *(o.path for o in OPERATIONS)}


def test_a_session_opens_no_operation_of_the_api(house, browser):
    assert browser.get("/page/churn").status_code == 200
    for operation in OPERATIONS:
        path = re.sub(r"\{\w+\}", "churn", operation.path)
        headers = {"content-type": "application/json"}
        assert browser.request(operation.method, path, headers=headers).status_code == 401


def test_the_token_opens_no_page(house, stranger):
    for headers in ({"authorization": f"Bearer {house.token}"}, {"cookie": f"everloop={house.token}"}):
        assert stranger.get("/page/churn", headers=headers).status_code == 401
    assert stranger.get(f"/?key={house.token}").status_code == 401


def test_a_link_opens_the_page_once(house, stranger):
    link = house.pages.url("")
    assert stranger.get(link).status_code == 200
    assert stranger.get("/page/churn").status_code == 200
    other = type(stranger)(house.app)
    assert other.get(link).status_code == 401
    assert other.get("/page/churn").status_code == 401


def test_looking_at_a_link_without_opening_it_does_not_use_it_up(house, stranger):
    link = house.pages.url("")
    assert stranger.request("HEAD", link).status_code == 401
    assert stranger.get(link).status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(house, stranger):
    cookie = stranger.get(house.pages.url("")).headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= set(cookie.split("; "))
    assert house.token not in cookie


def test_no_answer_holds_the_token(house, browser):
    for path in ("/page/churn", "/", "/page/none", *assets_by_url()):
        assert house.token not in browser.get(path).text


def test_after_five_wrong_keys_each_takes_a_second(house, stranger, monkeypatch):
    waits = []

    async def wait(seconds):
        waits.append(seconds)

    monkeypatch.setattr("everloop.web.pages.asyncio.sleep", wait)
    for _ in range(8):
        assert stranger.get("/?key=wrong").status_code == 401
    assert waits == [1.0, 1.0, 1.0]
    assert stranger.get("/?key=" + new_key(house.token, house.pages._keys._clock.now())).status_code == 200


def test_signing_out_ends_the_session_at_once(house, browser):
    cookies = dict(browser.cookies)
    fields = browser.fields("sign-out")
    assert browser.post("/sign-out", fields).status_code == 200
    browser.cookies.update(cookies)
    assert browser.get("/page/churn").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:8080"},
        {"origin": "http://localhost:8081"},
        {"origin": "http://127.0.0.1:8081.evil.example"},
        {"origin": "http://127.0.0.1:8081", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:8081", "sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:8081", "sec-fetch-site": "none"},
    ],
)
def test_a_form_of_another_page_changes_nothing_even_with_the_cookie(house, browser, headers):
    before = house.champion()
    answer = browser.post("/page/churn/roll-back", browser.fields("roll-back"), headers=headers)
    assert answer.status_code == 403
    assert house.champion() == before


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0:8081", ""])
def test_a_name_that_is_not_ours_sees_no_page(browser, host):
    assert browser.get("/page/churn", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_what_is_no_form_changes_nothing(house, browser, own_page, kind):
    before = house.champion()
    answer = browser.request(
        "POST", "/page/churn/roll-back", content=b"x=1", headers={**own_page, "content-type": kind}
    )
    assert answer.status_code == 415
    assert house.champion() == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_to_a_page_but_not_load_from_it(browser, site):
    linked = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
    assert browser.get("/page/churn", headers=linked).status_code == 200
    assert (
        browser.get("/page/churn", headers={"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}).status_code
        == 403
    )
    assert browser.get("/page/churn", headers={"origin": "http://evil.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/page/churn", "/", "/page/none", "/?key=wrong", "/page/churn/roll-back"])
def test_every_answer_forbids_what_a_page_does_not_need(browser, path):
    policy = browser.get(path).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    headers = browser.get(path).headers
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_assets_may_be_kept_for_ever_and_others_are_not_there(stranger):
    for url, (content, kind) in assets_by_url().items():
        answer = stranger.get(url)
        assert (answer.content, answer.headers["content-type"]) == (content, kind)
        assert "immutable" in answer.headers["cache-control"]
    for path in ("/assets/page.css", "/assets/../pages.py", "/assets/%2e%2e/pages.py", "/assets/"):
        assert stranger.get(path).status_code in (401, 404)
