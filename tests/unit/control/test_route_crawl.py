"""Check A1: every route of the live table with every verb, without credentials."""

import pytest
from starlette.routing import Route

from everloop.access.policy import POLICY
from everloop.actions.registry import OPERATIONS
from everloop.control.app import create_app

VERBS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "BREW",
)
OPEN = {("GET", "/ping"), ("HEAD", "/ping")}  # a new one must be written here, by a person who means it
NO_OPERATION = {"/ping", "/openapi.json"}


@pytest.fixture
def app(yard, token):
    from everloop.access.policy import Principal
    from everloop.records.actor import Actor
    from everloop.settings import Control

    owner = Principal(actor=Actor(kind="person", name="ada"), role="maintainer")
    return create_app(yard, settings=Control(), token=token, principal=owner)


def paths_of(app) -> list[str]:
    assert all(type(route) is Route for route in app.routes), "mounted apps and WebSockets escape the crawl"
    return [route.path for route in app.routes]


def test_without_credentials_only_what_is_listed_answers(app, stranger, yard):
    answered = set()
    for path in (*paths_of(app), "/", "/nothing", "/static/x", "/docs", "/metrics"):
        for verb in VERBS:
            concrete = path.replace("{", "").replace("}", "")
            answer = stranger.request(verb, concrete, headers={"content-type": "application/json"})
            if answer.status_code != 401:
                answered.add((verb, path))
    assert answered == OPEN
    assert not yard.asked


def test_every_route_is_an_operation_of_the_registry(app):
    assert sorted(paths_of(app)) == sorted([*NO_OPERATION, *(o.path for o in OPERATIONS)])


def test_the_policy_names_every_operation_and_nothing_else():
    assert set(POLICY) == {o.name for o in OPERATIONS} | {"openapi", "page"}


def test_a_viewer_changes_nothing():
    changing = {o.name for o in OPERATIONS if o.method == "POST"}
    assert not {name for name in changing if "viewer" in POLICY[name]}


def test_paths_and_verbs_are_unambiguous():
    pairs = [(o.method, o.path) for o in OPERATIONS]
    assert len(pairs) == len(set(pairs))
    assert len({o.name for o in OPERATIONS}) == len(OPERATIONS)
