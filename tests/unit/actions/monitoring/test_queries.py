"""What people ask of the monitors and of the audit."""

from datetime import timedelta

import pytest

from everloop.actions.queries.audit import AuditQuery, audit
from everloop.actions.queries.ledger import QualityQuery, quality
from everloop.actions.queries.monitors import AlertsQuery, MonitoringQuery, list_alerts, monitoring
from everloop.errors import InvalidRequest, NotFound
from everloop.monitoring.audit import is_audited
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopPolicy, LoopRecord


@pytest.fixture
def audited_shop(open_shop):
    record = LoopRecord(
        name="shop",
        endpoint="shop",
        model="shop",
        dataset="shop",
        target=open_shop.version.target,
        recipes=(),
        policy=LoopPolicy(),
        triggers=(),
        audit_share=0.2,
        declared_at=open_shop.context.clock.now(),
    )
    with open_shop.context.metadata.transaction() as transaction:
        transaction.add(record)
    return open_shop


def _chosen(shop, ids):
    with shop.context.metadata.transaction() as transaction:
        salt = transaction.get(Endpoint, "shop").salt
    return [i for i in ids if is_audited(salt, i, 0.2)]


def test_before_the_first_look_there_is_nothing_to_show(open_shop):
    found = monitoring(open_shop.again(), MonitoringQuery(endpoint="shop"))
    assert (found.inputs, found.outcomes, found.windows, found.alerts) == (None, None, 0, ())


def test_the_newest_windows_are_shown_with_what_waits(open_shop, rows, right):
    ids = open_shop.ask(rows(400))
    open_shop.tell(ids, right(ids))
    open_shop.look()
    found = monitoring(open_shop.again(), MonitoringQuery(endpoint="shop"))
    assert (found.inputs.number, found.outcomes.number, found.waiting) == (2, 2, 100)
    assert {m.subject for m in found.inputs.found} == {"age", "visits", "city", "answers"}


def test_alerts_come_with_the_most_harmful_first_and_closed_ones_when_asked(open_shop, rows):
    open_shop.ask([{**row, "visits": 11.0} for row in rows(300, older=2.0)])
    open_shop.look()
    found = list_alerts(open_shop.again(), AlertsQuery(endpoint="shop"))
    assert [a.harm for a in found] == sorted((a.harm for a in found), reverse=True)
    assert found[0].subject in {"age", "answers"}
    for _ in range(3):
        open_shop.ask(rows(150))
        open_shop.look()
    assert list_alerts(open_shop.again(), AlertsQuery()) == ()
    assert len(list_alerts(open_shop.again(), AlertsQuery(closed=True))) == len(found)


def test_alerts_of_an_unknown_endpoint_are_not_found(open_shop):
    with pytest.raises(NotFound):
        list_alerts(open_shop.again(), AlertsQuery(endpoint="nowhere"))
    with pytest.raises(InvalidRequest):
        list_alerts(open_shop.again(), AlertsQuery(newest=0))


def test_without_an_audit_there_is_no_list_of_it(open_shop):
    with pytest.raises(InvalidRequest, match="declares an audit"):
        audit(open_shop.again(), AuditQuery(endpoint="shop"))
    assert quality(open_shop.again(), QualityQuery(endpoint="shop")).audited is None


def test_the_audit_lists_what_lacks_its_truth_with_its_inputs(audited_shop, rows, right):
    asked = rows(200)
    ids = audited_shop.ask(asked)
    chosen = _chosen(audited_shop, ids)
    audited_shop.tell(chosen[:5], right(chosen[:5]))
    listed = audit(audited_shop.again(), AuditQuery(endpoint="shop"))
    assert listed["id"].to_pylist() == chosen[5:]
    assert listed.column_names == [
        "id",
        "served_at",
        "y",
        "answer",
        "input.age",
        "input.visits",
        "input.city",
    ]
    assert listed["y"].null_count == listed.num_rows
    by_id = dict(zip(ids, asked, strict=True))
    assert listed["input.age"].to_pylist() == [by_id[i]["age"] for i in chosen[5:]]
    assert listed["answer"].to_pylist() == [audited_shop.answers[i] for i in chosen[5:]]


def test_only_the_newest_are_listed_where_there_are_many(audited_shop, rows):
    chosen = _chosen(audited_shop, audited_shop.ask(rows(100)))
    assert audit(audited_shop.again(), AuditQuery(endpoint="shop", newest=3))["id"].to_pylist() == chosen[-3:]


def test_an_audit_of_nothing_is_an_empty_list(audited_shop):
    listed = audit(audited_shop.again(), AuditQuery(endpoint="shop"))
    assert (listed.num_rows, listed.column_names[:4]) == (0, ["id", "served_at", "y", "answer"])


def test_quality_on_the_audit_is_told_apart_and_has_no_bias_of_which_truths_come_back(
    audited_shop, rows, right
):
    """Of the other answers only those that were right come back: the plain figure is far too good."""
    ids = audited_shop.ask(rows(1500))
    truth = dict(zip(ids, right(ids, wrong=0.25), strict=True))
    chosen = set(_chosen(audited_shop, ids))
    known = [i for i in ids if i in chosen or truth[i] == audited_shop.answers[i]]
    audited_shop.tell(known, [truth[i] for i in known])
    audited_shop.pass_time(timedelta(minutes=1).total_seconds())
    found = quality(audited_shop.again(), QualityQuery(endpoint="shop"))
    assert found.audited.share == 0.2
    assert found.audited.predictions == found.audited.with_truth == len(chosen)
    right_of_chosen = sum(truth[i] == audited_shop.answers[i] for i in chosen)
    assert found.audited.estimate.value == pytest.approx(right_of_chosen / len(chosen))
    assert found.audited.estimate.value < 0.85  # it is 0.75, 4 standard errors below
    assert found.estimate.value > 0.9
