from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from everloop.monitoring.alerts import Rule, next_alerts, ranked, shows
from everloop.records.monitor import Monitored
from everloop.records.verdict import Verdict

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = Rule(clean_windows=3, cool_down=timedelta(hours=1))


def found(verdict, subject="height", *, value=0.5, p_value=1e-9, monitor="drift"):
    told = Verdict(
        policy="M001", name=f"drift of {subject}", verdict=verdict, reason="", value=value, limit=0.2,
        inputs={"p_value": p_value},
    )  # fmt: skip
    return Monitored(monitor=monitor, subject=subject, verdict=told)


QUIET = found("pass", value=0.05, p_value=0.4)


class Watched:
    """An endpoint's alerts as its windows go by, one a minute."""

    def __init__(self):
        self.alerts = {}
        self.told = []
        self.now = NOON
        self.ids = (f"alert_{n}" for n in count(1))

    def window(self, *found):
        self.now += timedelta(minutes=1)
        changes = next_alerts(
            RULE, list(self.alerts.values()), found, self.now,
            endpoint="shop", new_id=lambda: next(self.ids), harm=lambda m: 0.3,
        )  # fmt: skip
        for alert in (*(o.alert for o in changes.opened), *changes.kept, *changes.closed):
            self.alerts[alert.id] = alert
        self.told += ["again" if o.again else "opened" for o in changes.opened] + ["closed"] * len(
            changes.closed
        )
        return self

    @property
    def only(self):
        (alert,) = self.alerts.values()
        return alert


@pytest.fixture
def watched():
    return Watched()


def test_a_column_that_goes_on_failing_has_one_alert(watched):
    for _ in range(4):
        watched.window(found("fail"))
    assert watched.told == ["opened"]
    assert (watched.only.state, watched.only.windows, watched.only.harm) == ("open", 4, 0.3)


def test_each_column_has_an_alert_of_its_own(watched):
    watched.window(found("fail"), found("fail", "city"), found("fail", monitor="data"))
    assert len(watched.alerts) == 3


def test_what_is_undecided_opens_nothing(watched):
    watched.window(found("undecided"))
    assert watched.alerts == {}


def test_it_closes_after_enough_clean_windows_in_a_row(watched):
    watched.window(found("fail")).window(QUIET).window(QUIET)
    assert watched.only.state == "open"
    watched.window(QUIET)
    assert watched.only.state == "closed"
    assert watched.told == ["opened", "closed"]


def test_a_window_near_the_limit_keeps_it_open(watched):
    near = found("undecided", value=0.16, p_value=0.001)
    watched.window(found("fail")).window(QUIET).window(QUIET).window(near).window(QUIET).window(QUIET)
    assert watched.only.state == "open"


def test_near_the_limit_by_chance_keeps_nothing_open():
    assert not shows(found("undecided", value=0.19, p_value=0.2).verdict)


def test_one_that_comes_back_soon_is_the_same_alert(watched):
    watched.window(found("fail"))
    for _ in range(3):
        watched.window(QUIET)
    watched.window(found("fail"))
    assert watched.told == ["opened", "closed", "again"]
    assert (watched.only.state, watched.only.windows, watched.only.closed_at) == ("open", 2, None)


def test_one_that_comes_back_late_is_a_new_alert(watched):
    watched.window(found("fail"))
    for _ in range(3):
        watched.window(QUIET)
    watched.now += timedelta(hours=2)
    watched.window(found("fail"))
    assert len(watched.alerts) == 2


def test_a_window_of_outcomes_leaves_the_alerts_of_inputs_alone(watched):
    watched.window(found("fail"))
    for _ in range(5):
        watched.window(found("pass", "accuracy", monitor="quality"))
    assert (watched.only.state, watched.only.clean) == ("open", 0)


def test_a_column_that_the_new_champion_does_not_read_is_clean(watched):
    watched.window(found("fail"))
    for _ in range(3):
        watched.window(found("pass", "city", value=0.01))
    assert watched.only.state == "closed"


def test_the_most_harmful_comes_first(watched):
    watched.window(found("fail"), found("fail", "city", value=0.9))
    first, second = watched.alerts.values()
    assert [a.subject for a in ranked([first, second])] == ["city", "height"]
