"""What happens at an endpoint as its rows come: each looked at once, in windows that open and close alerts."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.monitor_endpoint import monitor
from everloop.actions.monitor_rows import next_inputs
from everloop.actions.record_window import Looked, record_window
from everloop.errors import NotFound
from everloop.ledger.ledger import Ledger
from everloop.registry.versions import register


def test_an_unknown_endpoint_is_not_found(shop):
    with pytest.raises(NotFound):
        monitor(shop.context, "nowhere")


def test_too_few_rows_fill_no_window(open_shop, rows):
    open_shop.ask(rows(149))
    assert open_shop.look() == 0
    assert open_shop.standing().windows == 0


def test_every_row_is_in_one_window(open_shop, rows):
    for count in (100, 260, 7, 400, 133):
        open_shop.ask(rows(count))
        open_shop.look()
    windows = open_shop.windows()
    assert [w.number for w in windows] == list(range(1, len(windows) + 1))
    assert 900 - 150 < sum(w.rows for w in windows) <= 900
    for before, after in pairwise(windows):
        assert before.until < after.since


def test_a_look_without_news_changes_nothing(open_shop, rows):
    open_shop.ask(rows(300))
    assert open_shop.look() == 2
    before = open_shop.standing()
    assert open_shop.look() == 0
    assert open_shop.standing() == before


def test_rows_of_one_moment_are_parted_and_none_is_lost(open_shop, rows, monkeypatch):
    monkeypatch.setattr(open_shop, "pass_time", lambda seconds: None)
    open_shop.ask(rows(310))
    monkeypatch.undo()
    assert open_shop.look() == 2
    left = list(next_inputs(_with_windows_of(open_shop, 1), open_shop.standing()))
    assert sum(part.rows.num_rows for part in left) + sum(w.rows for w in open_shop.windows()) == 310


def _with_windows_of(shop, rows):
    monitoring = replace(shop.context.settings.monitoring, window_rows=rows)
    return replace(shop.again(), settings=replace(shop.context.settings, monitoring=monitoring))


def test_a_row_that_is_just_being_served_waits_for_the_next_look(open_shop, rows):
    open_shop.ask(rows(150))
    assert monitor(open_shop.again(), "shop") == 0
    open_shop.pass_time(1)
    assert monitor(open_shop.again(), "shop") == 1


def test_much_traffic_makes_larger_windows_instead_of_many(open_shop, rows):
    open_shop.ask(rows(2000))
    assert open_shop.look() == 8
    assert {w.rows for w in open_shop.windows()} == {250}


def test_the_same_windows_come_of_the_compacted_table(open_shop, rows):
    open_shop.ask(rows(200))
    open_shop.log.seal()
    context = open_shop.context
    Ledger(context.tables, context.layout, context.clock).compact()
    open_shop.ask(rows(120))
    assert open_shop.look() == 2


def test_what_shadows_answered_is_not_looked_at(open_shop, rows):
    open_shop.ask(rows(200), variant="shadow", shadow=True)
    assert open_shop.look() == 0


def test_the_answers_of_a_candidate_are_left_to_its_rollout(open_shop, rows):
    open_shop.ask(rows(75))
    open_shop.ask(rows(75), variant="candidate", version=99)
    assert open_shop.look() == 1
    by_subject = {m.subject: m.verdict for m in open_shop.windows()[-1].found if m.monitor == "drift"}
    assert by_subject["answers"].rows == 75
    assert by_subject["age"].rows == 150


def test_a_world_that_stays_as_it_is_opens_no_alert(open_shop, rows, right):
    for _ in range(6):
        ids = open_shop.ask(rows(150))
        open_shop.tell(ids, right(ids))
        open_shop.look()
    assert open_shop.alerts() == open_shop.alerts("closed") == []
    assert open_shop.events("raise_alerts") == []


def test_a_shift_is_raised_within_300_predictions_wherever_it_begins(open_shop, rows):
    open_shop.ask(rows(450 + 149))
    open_shop.look()
    asked = 0
    while not open_shop.alerts():
        open_shop.ask(rows(25, older=1.5))
        asked += 25
        open_shop.look()
        assert asked < 300
    assert "age" in {a.subject for a in open_shop.alerts()}


def test_an_alert_has_its_evidence_its_harm_and_one_event_each_way(open_shop, rows):
    open_shop.ask(rows(150))
    open_shop.ask(rows(150, older=2.0))
    open_shop.look()
    alert = next(a for a in open_shop.alerts() if (a.monitor, a.subject) == ("drift", "age"))
    assert alert.harm > 0.3
    assert alert.evidence.value > 0.5
    assert "KS distance" in alert.evidence.reason or "PSI" in alert.evidence.reason
    raised = [e for e in open_shop.events("raise_alerts") if alert.id in e.evidence]
    assert [(e.subject, str(e.actor)) for e in raised] == [("endpoint:shop", "system:monitors")]
    assert raised[0].evidence[alert.id]["name"] == "drift of age"
    assert alert.id in {told["alert"] for told in raised[0].after["alerts"]}
    for _ in range(3):
        open_shop.ask(rows(150))
        open_shop.look()
    assert open_shop.alerts() == []
    assert [e.action for e in open_shop.events("close_alerts") if alert.id in e.evidence] == ["close_alerts"]


def test_a_column_that_the_model_does_not_use_does_no_harm(open_shop, rows):
    moved = [{**row, "visits": 11.0} for row in rows(300)]
    open_shop.ask(moved)
    open_shop.look()
    harms = {(a.monitor, a.subject): a.harm for a in open_shop.alerts()}
    assert harms == {("drift", "visits"): 0.0, ("data", "visits"): 0.0}


def test_answers_that_become_wrong_raise_an_alert_of_quality(open_shop, rows, right):
    ids = open_shop.ask(rows(300))
    open_shop.tell(ids, right(ids, wrong=0.5))
    open_shop.look()
    (alert,) = open_shop.alerts()
    assert (alert.monitor, alert.subject) == ("quality", "accuracy")
    assert alert.harm == pytest.approx(0.45, abs=0.05)
    assert alert.evidence.value < alert.evidence.limit


def test_a_corrected_truth_is_looked_at_once(open_shop, rows, right):
    ids = open_shop.ask(rows(150))
    open_shop.tell(ids, right(ids))
    assert open_shop.look() == 2
    open_shop.tell(ids, [{"yes": "no", "no": "yes"}[t] for t in right(ids)])
    assert open_shop.look() == 0
    assert open_shop.standing().judgements == 1


def test_a_new_champion_begins_anew_where_the_one_before_it_ended(open_shop, rows):
    open_shop.ask(rows(310))
    open_shop.look()
    before = open_shop.standing()
    with open_shop.context.metadata.transaction() as transaction:
        second = register(transaction, open_shop.version)
    deploy(
        open_shop.again(),
        DeployRequest(endpoint="shop", model="shop", version=second.number, override="a test"),
    )
    open_shop.look()
    after = open_shop.standing()
    assert (after.windows, after.filling, after.champion.number) == (0, None, second.number)
    assert (after.upto, after.upto_id) == (before.upto, before.upto_id)
    assert after.reference == before.reference  # the same training window, the same bytes


def test_of_two_that_look_at_once_one_records(open_shop, rows):
    open_shop.ask(rows(300))
    open_shop.look()
    standing, (window, *_) = open_shop.standing(), open_shop.windows()
    stale = replace(standing, windows=standing.windows - 1)
    looked = Looked(stale, replace(standing, upto=standing.upto + timedelta(hours=1)), window)
    assert not record_window(open_shop.again(), looked, lambda found: 0.0)
    assert open_shop.standing() == standing


def test_windows_that_are_shown_no_more_make_room(open_shop, rows, monkeypatch):
    monkeypatch.setattr("everloop.actions.monitor_endpoint.WINDOWS_KEPT", 3)
    for _ in range(5):
        open_shop.ask(rows(150))
        open_shop.look()
    assert [w.number for w in open_shop.windows()] == [3, 4, 5]
