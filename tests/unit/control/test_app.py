import logging

import pyarrow as pa
import pytest

from everloop.workspace.remote import ARROW, arrow_bytes, arrow_table

JSON = {"content-type": "application/json"}


def test_an_operation_gets_path_and_body_and_answers_json(client):
    answer = client.post(
        "/fences/north/paint", json={"colour": "green", "coats": 2}, headers={"idempotency-key": "k1"}
    )
    assert answer.status_code == 200
    assert answer.json() == {"fence": "north", "coats": 2, "by": "person:ada", "key": "k1"}
    assert answer.headers["idempotency-key"] == "k1"


def test_without_an_idempotency_key_each_call_gets_its_own(client):
    keys = {client.post("/fences/north/paint", json={}).json()["key"] for _ in range(3)}
    assert len(keys) == 3


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "tab\tbed", "é".encode()])
def test_an_idempotency_key_that_is_no_key_is_refused(client, yard, key):
    answer = client.post("/fences/north/paint", json={}, headers={"idempotency-key": key})
    assert answer.status_code == 400
    assert not yard.asked


def test_a_query_reads_its_arguments_from_the_url(client):
    answer = client.get("/fences/north", params={"closely": "true", "from_metres": "2.5"})
    assert answer.json() == {"fence": "north", "closely": True, "from_metres": 2.5}


def test_rows_come_in_as_arrow_with_the_rest_in_the_url(client):
    body = arrow_bytes(pa.table({"plank": [1, 2]}))
    answer = client.post("/fences/north/planks?note=oak", content=body, headers={"content-type": ARROW})
    assert answer.json() == {"rows": 2, "note": "oak"}


def test_rows_go_out_as_arrow(client):
    answer = client.get("/fences/north/rows")
    assert answer.headers["content-type"] == ARROW
    assert arrow_table(answer.content).to_pydict() == {"plank": [1, 2, 3]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"color": "red"}', "Did you mean `colour`?"),
        (b'{"fence": "south"}', "`fence` is given twice"),
        (b'{"colour": "blue"}', "colour"),
        (b'{"coats": "2"}', "coats"),
        (b'{"coats": 1.5}', "coats"),
        (b'{"notes": [1]}', "notes"),
        (b"[1, 2]", "not a JSON object"),
        (b"{", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (b'{"notes": ' + b"[" * 1900 + b"]" * 1900 + b"}", ""),
        (b'{"coats": NaN}', "not a JSON object"),
        (b'{"coats": ' + b"9" * 500 + b"}", "64 bits"),
        (b'{"coats": ' + b"9" * 3900 + b"}", ""),
    ],
)
def test_a_wrong_body_is_a_400_that_says_what_is_wrong(client, yard, body, says):
    answer = client.post("/fences/north/paint", content=body, headers=JSON)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert not yard.asked


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("closly=true", "Did you mean `closely`?"),
        ("closely=perhaps", "`closely` = 'perhaps'"),
        ("from_metres=far", "`from_metres`"),
        ("closely=1&closely=0", "given twice"),
        ("fence=south", "given twice"),
        ("coats=1", "closely"),
    ],
)
def test_a_wrong_query_is_a_400_that_names_the_field(client, yard, query, says):
    answer = client.get(f"/fences/north?{query}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert not yard.asked


@pytest.mark.parametrize(
    ("fence", "status", "code"),
    [("missing", 404, "not-found"), ("wet", 409, "conflict"), ("odd", 400, "invalid-name")],
)
def test_our_errors_are_problem_documents(client, fence, status, code):
    answer = client.get(f"/fences/{fence}")
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:everloop:{code}"
    assert set(problem) == {"type", "title", "status", "detail", "code", "message", "remedy"}


def test_a_fault_of_ours_shows_an_id_and_the_log_has_the_rest(client, caplog):
    with caplog.at_level(logging.ERROR):
        answer = client.get("/fences/faulty")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    fault = answer.json()["message"].split("(")[1].split(")")[0]
    assert fault in caplog.text
    assert "the secret inside" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_operation_that_the_policy_does_not_name_is_denied(client, yard):
    answer = client.post("/fences/north/burn", json={})
    assert answer.status_code == 403
    assert "does not name it" in answer.json()["detail"]
    assert not yard.asked


@pytest.mark.parametrize(
    "path", ["/", "/fences", "/fences/", "/fences/north/", "/ping/", "//fences/north", "/fences/a/b/c"]
)
def test_an_unknown_path_is_a_404_problem(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_a_wrong_method_is_a_405_with_the_right_one(client):
    answer = client.request("PUT", "/fences/north/paint", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_a_declared_body_beyond_the_limit_is_refused_unread(client, yard):
    answer = client.post(
        "/fences/north/planks", content=b"x", headers={"content-type": ARROW, "content-length": "5000"}
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"
    assert not yard.asked


def test_a_streamed_body_is_cut_at_the_limit(client):
    sent = []

    async def endless():
        for number in range(1000):
            sent.append(number)
            yield b"x" * 1024

    answer = client.post("/fences/north/planks", content=endless(), headers={"content-type": ARROW})
    assert answer.status_code == 413
    assert len(sent) < 10  # 4096 bytes are taken


def test_rows_that_are_not_arrow_are_a_422(client):
    answer = client.post("/fences/north/planks", content=b"plank\n1\n", headers={"content-type": ARROW})
    assert answer.status_code == 422


def test_rows_where_json_belongs_are_a_415(client):
    answer = client.post("/fences/north/paint", content=b"{}", headers={"content-type": ARROW})
    assert answer.status_code == 415


def test_ping_needs_nothing(stranger):
    assert stranger.get("/ping").json() == {"status": "ok"}
