from dataclasses import replace

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.mark_suspect import MarkSuspectRequest, mark_suspect
from everloop.datasets.content import read
from everloop.errors import InvalidRequest, NotFound
from everloop.records.event import Event


@pytest.fixture
def version(context, again):
    return append_rows(replace(again(), table=pa.table({"n": [1, 2]})), AppendRequest(dataset="d"))


def events(context):
    with context.metadata.transaction() as transaction:
        return transaction.find(Event, action="mark_suspect")


def test_a_suspect_version_keeps_its_number_digest_and_rows(context, again, version):
    marked = mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, reason="a broken sensor"))
    assert marked == replace(version, suspect="a broken sensor")
    assert read(context.tables, marked).num_rows == 2
    assert [(e.subject, e.reason) for e in events(context)] == [("dataset:d", "a broken sensor")]


def test_clearing_it_leaves_it_as_it_was(context, again, version):
    mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, reason="a broken sensor"))
    assert mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, clear=True)) == version
    assert len(events(context)) == 2


def test_what_is_so_already_is_no_event(context, again, version):
    for _ in range(2):
        mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, reason="a broken sensor"))
    assert len(events(context)) == 1


@pytest.mark.parametrize("request_", [{}, {"reason": "  "}, {"reason": "why", "clear": True}])
def test_a_mark_has_a_reason_and_clearing_has_none(again, version, request_):
    with pytest.raises(InvalidRequest):
        mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, **request_))


@pytest.mark.parametrize(("dataset", "number"), [("d", 2), ("e", 1)])
def test_an_unknown_version_is_not_found(again, version, dataset, number):
    with pytest.raises(NotFound):
        mark_suspect(again(), MarkSuspectRequest(dataset=dataset, version=number, reason="why"))
