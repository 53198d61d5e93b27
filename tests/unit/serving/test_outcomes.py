import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.ledger.capture import Received
from everloop.ledger.outcome_rows import outcome_rows
from everloop.ledger.segment import SegmentLog
from everloop.serving.moments import nanoseconds
from everloop.serving.outcomes import decode_outcomes
from everloop.serving.refusal import Refused


def decode(*outcomes: dict, key: str = "") -> list[Received]:
    body = json.dumps({"outcomes": outcomes}).encode()
    return decode_outcomes(body, endpoint="churn", learned_at=17, max_rows=3, key=key)


def test_the_least_outcome_is_an_id_a_name_and_a_value():
    (one,) = decode({"id": "t-1", "name": "churned", "value": True})
    assert one == Received(endpoint="churn", prediction="t-1", name="churned", value=True, learned_at=17)


def test_everything_that_is_said_is_kept():
    said = {"id": "t-1", "name": "rating", "value": 4.5, "happened_at": "2026-01-02T03:04:05.000006+01:00"}
    (one,) = decode({**said, "source": "survey", "probability": 0.25, "revision": 2}, key="once")
    assert one.happened_at == 1767319445000006000  # `date -d ... +%s` says 1767319445
    assert (one.source, one.probability, one.revision, one.key) == ("survey", 0.25, 2, "once")


@pytest.mark.parametrize("value", ["yes", "", 3, -0.5, True, 2**63 - 1])
def test_a_value_keeps_its_type(value: object):
    (one,) = decode({"id": "t", "name": "n", "value": value})
    assert one.value == value
    assert type(one.value) is type(value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": None}, "value"),
        ({"value": [1]}, "value"),
        ({"value": 2**63}, "value"),
        ({"value": -(2**64) - 1}, "value"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"name": ""}, "name"),
        ({"probability": 0}, "probability"),
        ({"probability": 1.5}, "probability"),
        ({"revision": 0}, "revision"),
        ({"happened_at": "yesterday"}, "happened_at"),
        ({"happened_at": "2026-01-01T00:00:00"}, "happened_at"),
        ({"happened_at": "9999-12-31T00:00:00Z"}, "happened_at"),
        ({"happened_at": "9999-12-31T23:59:59-12:00"}, "happened_at"),
        ({"happened_at": "2600-01-01T00:00:00Z"}, "happened_at"),
        ({"happened_at": "0001-01-01T00:00:00+12:00"}, "happened_at"),
    ],
)
def test_a_wrong_field_is_named_with_its_outcome(change: dict, field: str):
    good = {"id": "t", "name": "n", "value": 1}
    with pytest.raises(Refused) as caught:
        decode(good, {**good, **change})
    assert (caught.value.status, caught.value.more) == (400, {"row": 1, "field": field})


@pytest.mark.parametrize("moment", ["1678-01-01T00:00:00Z", "2261-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_year_that_can_be_kept_come_through_a_capture(moment: str, tmp_path):
    log = SegmentLog(tmp_path)
    log.append((), decode({"id": "t", "name": "n", "value": 1, "happened_at": moment}))
    (kept,) = outcome_rows(log.segments(), "churn")["happened_at"].to_pylist()
    log.close()
    assert kept == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"outcomes":[]}',
        b'{"outcomes":[{"id":"a","name":"b","value":1}],"more":1}',
        b'{"outcomes":[{"id":"a","name":"b","value":1,"value":2}]}',
        b'{"outcomes":[{"id":"a","name":"b","value":NaN}]}',
        b'{"outcomes":[{"id":"\\ud800","name":"b","value":1}]}',
        b'{"outcomes":[{"id":"\xff","name":"b","value":1}]}',
        b'{"outcomes":[{"id":"a","name":"b"}]}',
        b'{"outcomes":' + b"[" * 100_000,
        b'{"outcomes":[' + b",".join([b'{"id":"a","name":"b","value":1}'] * 4) + b"]}",
    ],
)
def test_what_is_no_list_of_outcomes_is_refused(body: bytes):
    with pytest.raises(Refused) as caught:
        decode_outcomes(body, endpoint="churn", learned_at=0, max_rows=3)
    assert caught.value.status == 400


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_exact_to_the_microsecond(moment: datetime):
    seconds, rest = divmod(nanoseconds(moment), 10**9)
    assert rest % 1000 == 0
    assert moment.replace(microsecond=0).timestamp() == seconds
    assert moment.microsecond == rest // 1000
