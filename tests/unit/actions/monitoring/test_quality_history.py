"""How good the answers of an endpoint were, over time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.queries import quality_history as asked
from everloop.actions.queries.ledger import QualityQuery, quality
from everloop.actions.queries.quality_history import QualityHistoryQuery, quality_history
from everloop.errors import InvalidRequest, NotFound
from everloop.records.endpoint import Endpoint
from everloop.records.target import TargetRule


def history(shop, **fields):
    return quality_history(shop.again(), QualityHistoryQuery(endpoint="shop", **fields))


def test_windows_follow_the_answers_as_their_truth_becomes_known(open_shop, rows, right):
    first, second = open_shop.ask(rows(100)), open_shop.ask(rows(100))
    assert history(open_shop).points == ()
    open_shop.tell(first, right(first, wrong=0))
    open_shop.tell(second, right(second, wrong=0.5))
    found = history(open_shop)
    assert [p.value for p in found.points] == pytest.approx([1, 1, 1, 1, 0.48, 0.52, 0.48, 0.52])
    assert (found.metric, found.better, found.candidates) == ("accuracy", "higher", ())


def test_the_windows_together_say_what_the_ledger_says(open_shop, rows, right):
    ids = open_shop.ask(rows(310))
    open_shop.tell(ids, right(ids, wrong=0.1))
    points = history(open_shop).points
    whole = quality(open_shop.again(), QualityQuery(endpoint="shop")).estimate
    assert sum(p.rows for p in points) == whole.rows
    assert sum(p.value * p.rows for p in points) / whole.rows == pytest.approx(whole.value)


def test_only_the_newest_answers_are_read(open_shop, rows, right):
    ids = open_shop.ask(rows(300))
    open_shop.tell(ids, right(ids))
    assert sum(p.rows for p in history(open_shop, newest=120).points) == 120


def test_a_corrected_truth_is_seen(open_shop, rows, right):
    ids = open_shop.ask(rows(25))
    open_shop.tell(ids, right(ids, wrong=0))
    assert history(open_shop).points[0].value == 1.0
    open_shop.tell(ids[:1], [{"yes": "no", "no": "yes"}[open_shop.answers[ids[0]]]])
    assert history(open_shop).points[0].value == 0.96


def test_versions_on_their_way_count_on_rows_that_they_only_shadowed(open_shop, rows, right):
    asked_rows = rows(30)
    ids = open_shop.ask(asked_rows)
    open_shop.asked -= 30
    open_shop.ask(asked_rows, variant="candidate", version=2, shadow=True, rollout="r", share=0.1)
    open_shop.tell(ids, right(ids, wrong=0))
    found = history(open_shop)
    assert [(p.version, p.rows) for p in (*found.points, *found.candidates)] == [(1, 30), (2, 30)]


def test_where_truth_is_a_reaction_shadows_do_not_count(open_shop, rows, right):
    asked_rows = rows(30)
    ids = open_shop.ask(asked_rows)
    open_shop.asked -= 30
    open_shop.ask(asked_rows, variant="candidate", version=2, shadow=True, rollout="r", share=0.1)
    open_shop.tell(ids, right(ids, wrong=0))
    with open_shop.context.metadata.transaction() as transaction:
        endpoint = transaction.get(Endpoint, "shop")
        transaction.replace(replace(endpoint, target=TargetRule(outcome="y", truth="reaction")))
    assert history(open_shop).candidates == ()


def test_while_nothing_comes_the_ledger_is_read_once(open_shop, rows, right, monkeypatch):
    ids = open_shop.ask(rows(30))
    open_shop.tell(ids, right(ids))
    before = history(open_shop)
    monkeypatch.setattr(asked, "_history", None)  # to read it again would fail
    assert history(open_shop) is before


def test_answers_that_become_mature_by_time_alone_are_seen(open_shop, rows, right):
    with open_shop.context.metadata.transaction() as transaction:
        endpoint = transaction.get(Endpoint, "shop")
        within = TargetRule(outcome="y", within=timedelta(hours=1))
        transaction.replace(replace(endpoint, target=within))
    ids = open_shop.ask(rows(30))
    open_shop.tell(ids, right(ids))
    assert history(open_shop).points == ()
    open_shop.pass_time(3600)
    assert [p.rows for p in history(open_shop).points] == [30]


@pytest.mark.parametrize("fields", [{"points": 0}, {"points": 100_000}, {"newest": 0}])
def test_sizes_that_make_no_history_are_refused(open_shop, fields):
    with pytest.raises(InvalidRequest):
        history(open_shop, **fields)


def test_an_unknown_endpoint_is_told(open_shop):
    with pytest.raises(NotFound):
        quality_history(open_shop.again(), QualityHistoryQuery(endpoint="nowhere"))
