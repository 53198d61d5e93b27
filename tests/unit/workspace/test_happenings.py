from datetime import UTC, datetime

from everloop.records.actor import Actor
from everloop.records.event import Event
from everloop.workspace.happenings import Happening, Listener

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(sequence: int, action: str, *, reason: str = "", **after: object) -> Event:
    who = Actor(kind="system", name="loop")
    return Event(
        sequence=sequence,
        at=NOW,
        actor=who,
        action=action,
        subject="endpoint:e",
        key="k",
        reason=reason,
        after=after,
    )


class Client:
    """Knows some events, and gives the newest of them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def call(self, operation: object, query: object, *, key: str) -> tuple[Event, ...]:
        assert query.subject == "endpoint:e"
        return tuple(self.events[-query.newest :])


def test_each_event_is_heard_once_and_those_that_nobody_asks_for_never():
    client = Client()
    listener = Listener(client, "e")
    client.events = [event(1, "deploy", champion="m@1"), event(2, "pin_data")]
    assert [h.kind for h in listener.news()] == ["deployed"]
    client.events.append(event(3, "promote", candidate="m@2", champion="m@2", reason="it is better."))
    (heard,) = listener.news(after_rows=40)
    assert (heard.kind, heard.champion, heard.after_rows) == ("promoted", "m@2", 40)
    assert heard.line == "promoted m@2: it is better"
    assert listener.news() == []


def test_where_much_happened_at_once_all_of_it_is_heard():
    client = Client()
    listener = Listener(client, "e")
    client.events = [event(1, "deploy")]
    listener.news()
    client.events += [event(number, "raise_alerts") for number in range(2, 60)]
    assert [h.sequence for h in listener.news()] == [*range(2, 60)]
    client.events.append(event(60, "promote"))
    assert [h.sequence for h in listener.news()] == [60]


def test_alerts_say_whose_they_are():
    client = Client()
    client.events = [
        event(1, "raise_alerts", alerts=[{"monitor": "drift"}, {"monitor": "data"}, {"monitor": "drift"}])
    ]
    (heard,) = Listener(client, "e").news()
    assert heard.monitors == ("drift", "data")


def test_a_line_without_a_reason_ends_with_who_it_is():
    told = Happening(
        sequence=1, at=NOW, kind="proposed", action="propose", candidate="m@3", champion="", reason=""
    )
    assert told.line == "proposed m@3"
