"""What a well-behaved client gets, over the wire."""

import json

from everloop.testing.running_worker import RunningWorker, invocation, read_answer

ROW = b'{"instances":[{"a":1,"b":2}]}'


def ask(worker: RunningWorker, request: bytes) -> tuple[int, dict[str, str], dict]:
    with worker.connect() as client:
        client.sendall(request)
        status, headers, body = read_answer(client)
    return status, headers, json.loads(body)


def test_a_request_gets_predictions_ids_and_the_variant(worker: RunningWorker):
    body = b'{"instances":[{"a":1,"b":2},{"a":3,"b":2}],"ids":["x","y"]}'
    status, headers, answer = ask(worker, invocation(body))
    assert status == 200
    assert answer["predictions"] == ["less", "more"]
    assert len(set(answer["ids"])) == 2
    assert (answer["variant"], answer["model"], headers["x-model"]) == ("champion", "sign@1", "sign@1")


def test_the_description_holds_a_body_that_can_be_sent_as_it_is(worker: RunningWorker):
    described = json.loads(worker.get("/endpoints/sign").partition(b"\r\n\r\n")[2])
    assert [column["name"] for column in described["columns"]] == ["a", "b"]
    assert ask(worker, invocation(json.dumps(described["example"]).encode()))[0] == 200


def test_a_wrong_row_is_a_problem_that_names_row_and_field(worker: RunningWorker):
    status, headers, problem = ask(worker, invocation(b'{"instances":[{"a":1,"b":2},{"a":1,"b":"2"}]}'))
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert (problem["row"], problem["field"], problem["status"]) == (1, "b", 400)
    assert problem["type"].startswith("urn:")


def test_pipelined_requests_are_answered_in_their_order(worker: RunningWorker):
    """Predictions wait for the tick's end, refusals and pings do not: their answers must wait all the same."""
    kinds = [
        (invocation(b'{"instances":[{"a":1,"b":2}]}'), b'"predictions":["less"]'),
        (b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n", b'"ready"'),
        (invocation(b'{"instances":[{"a":3,"b":2}]}'), b'"predictions":["more"]'),
        (invocation(b'{"instances":[{"a":3}]}'), b'"invalid-row"'),
        (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", b'"not-found"'),
    ]
    sent = [kinds[place * 7 % 5] for place in range(200)]
    end = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = worker.exchange(b"".join(request for request, _ in sent) + end).split(b"HTTP/1.1 ")[1:]
    assert len(answers) == 201
    assert all(expected in answer for (_, expected), answer in zip(sent, answers, strict=False))


def test_what_follows_a_last_request_is_not_answered(worker: RunningWorker):
    last = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert worker.exchange(last + invocation(ROW) * 3).count(b"HTTP/1.1 ") == 1


def test_an_error_in_the_pipeline_comes_behind_the_answers_before_it(worker: RunningWorker):
    answers = worker.exchange(invocation(ROW) * 2 + b"GARBAGE\r\n\r\n").split(b"HTTP/1.1 ")[1:]
    assert [int(answer[:3]) for answer in answers] == [200, 200, 400]


def test_metrics_count_what_was_answered(worker: RunningWorker):
    def rows() -> int:
        text = worker.get("/metrics").decode()
        return int(text.partition('everloop_rows_total{endpoint="sign",variant="champion"} ')[2].split()[0])

    ask(worker, invocation(ROW))
    before = rows()
    ask(worker, invocation(b'{"instances":[{"a":1,"b":2},{"a":3,"b":2}]}'))
    assert rows() == before + 2


def test_a_large_body_arrives_whole(worker: RunningWorker):
    rows = b",".join(b'{"a":%d,"b":500}' % place for place in range(1000))
    status, _, answer = ask(worker, invocation(b'{"instances":[%b]}' % rows))
    assert status == 200
    assert answer["predictions"].count("less") == 500  # and at 500 the first class, `more`
    assert len(set(answer["ids"])) == 1000


def test_a_chunked_body_means_the_same(worker: RunningWorker):
    head = invocation(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (ROW[:7], ROW[7:20], ROW[20:]))
    assert ask(worker, head + chunks + b"0\r\n\r\n")[2]["predictions"] == ["less"]


def test_refused_requests_leave_no_memory_behind(worker: RunningWorker):
    def resident_kb() -> int:
        with open(f"/proc/{worker.process.pid}/status") as status:
            return int(status.read().partition("VmRSS:")[2].split()[0])

    before = resident_kb()
    declared = invocation(b"").replace(b"Content-Length: 0", b"Content-Length: 300000000")
    for _ in range(50):
        assert worker.exchange(declared + b" " * 100_000).startswith(b"HTTP/1.1 413")
    assert resident_kb() - before < 20_000
