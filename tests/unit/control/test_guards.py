"""Check A3: forged Host, Origin, Sec-Fetch-Site, and forms.

With the right token, as a browser might be made to send it.
"""

import asyncio

import pytest

from everloop.access.tokens import new_token

JSON = {"content-type": "application/json"}
PAGE = {**JSON, "host": "127.0.0.1:8081"}


def paint(client, headers, content=b"{}"):
    return client.post("/fences/north/paint", content=content, headers=headers)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8081",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.example#127.0.0.1",
        "evil.example@127.0.0.1",
        "127.0.0.1@evil.example",
        "127.0.0.1:8081:80",
        "127.0.0.1:99999x",
        "127.0.0.1, evil.example",
        "0.0.0.0:8081",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::ffff:127.0.0.1]",
        "192.168.1.2",
        "loop.example.com.evil.example",
        "",
        " ",
        "local\xadhost",
    ],
)
def test_a_name_that_is_not_ours_is_refused(client, yard, host):
    answer = paint(client, {**JSON, "host": host.encode("latin-1")})
    assert answer.status_code == 421
    assert not yard.asked


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8081", "127.0.0.1:1", "[::1]:8081", "loop.example.com"]
)
def test_our_own_names_are_known(client, host):
    assert paint(client, {**JSON, "host": host}).status_code == 200


def test_two_hosts_are_refused(client, yard):
    answer = client.post(
        "/fences/north/paint",
        content=b"{}",
        headers=[("host", "127.0.0.1:8081"), ("host", "evil.example"), ("content-type", "application/json"),
                 ("authorization", client.headers["authorization"])],
    )  # fmt: skip
    assert answer.status_code == 421
    assert not yard.asked


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:8080",
        "http://127.0.0.1:3000",
        "http://localhost:8081",
        "http://127.0.0.1:8081.evil.example",
        "http://127.0.0.1:8081@evil.example",
        "http://evil.example?http://127.0.0.1:8081",
        "file://",
        "chrome-extension://abcdef",
        "ftp://127.0.0.1:8081",
        "127.0.0.1:8081",
        "",
    ],
)
def test_a_page_of_another_site_changes_nothing(client, yard, origin):
    assert paint(client, {**PAGE, "origin": origin}).status_code == 403
    assert not yard.asked


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", "", "none, cross-site"])
def test_a_browser_that_says_it_comes_from_elsewhere_changes_nothing(client, yard, site):
    assert paint(client, {**PAGE, "sec-fetch-site": site}).status_code == 403
    assert not yard.asked


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_changing_method_is_guarded(client, yard, method):
    headers = {**PAGE, "origin": "http://evil.example"}
    assert client.request(method, "/fences/north/paint", content=b"{}", headers=headers).status_code == 403
    assert not yard.asked


@pytest.mark.parametrize(
    "extra",
    [{"origin": "http://127.0.0.1:8081"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
)
def test_our_own_page_may(client, extra):
    assert paint(client, {**PAGE, **extra}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/json",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/jsonp",
        "application/json, text/plain",
        "text/plain; application/json",
        "application/vnd.api+json",
        "",
        "*/*",
    ],
)
def test_what_a_form_can_send_is_refused(client, yard, content_type):
    assert paint(client, {**PAGE, "content-type": content_type}).status_code == 415
    assert not yard.asked


def test_a_body_without_a_type_is_refused(client, yard):
    assert paint(client, {}).status_code == 415
    assert client.request("POST", "/fences/north/paint").status_code == 415
    assert client.request("GET", "/fences/north", content=b"{}").status_code == 415
    assert not yard.asked


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"]
)
def test_json_is_json_however_it_is_written(client, content_type):
    assert paint(client, {**PAGE, "content-type": content_type}).status_code == 200


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        pytest.param(f"Bearer {new_token()}", id="another token"),
        "Token TOKEN",
        "Bearer TOKEN x",
        "TOKEN",
        "bearer=TOKEN",
    ],
)
def test_wrong_credentials_are_a_401(stranger, yard, credentials, token):
    headers = {**PAGE, "authorization": credentials.replace("TOKEN", token)}
    answer = paint(stranger, headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not yard.asked


def test_a_token_in_the_url_is_no_credential(stranger, yard, token):
    assert stranger.get(f"/fences/north?token={token}&access_token={token}").status_code == 401
    assert not yard.asked


def test_two_credentials_are_none(stranger, yard, token):
    headers = [("authorization", f"Bearer {token}"), ("authorization", "Bearer other")]
    assert stranger.get("/fences/north", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"), [("/ping", 200), ("/fences/north", 200), ("/nothing", 404), ("/fences/faulty", 500)]
)
def test_every_answer_carries_the_same_protective_headers(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"


def test_no_answer_allows_another_site_to_read_it(client):
    answer = client.get("/fences/north", headers={"origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_websocket_is_closed(app):
    sent = []

    async def call():
        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await app({"type": "websocket", "path": "/fences/north", "headers": []}, receive, send)

    asyncio.run(call())
    assert sent == [{"type": "websocket.close", "code": 1008}]
