"""An outcome that comes by a caller's own id is one of every answer that was given under it."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.ledger.conftest import Writer
from tests.unit.ledger.test_compactor import Interrupted, StopsAfter

from everloop.ledger.kept_finals import Answerer, KeptFinals
from everloop.ledger.kept_names import MOST
from everloop.ledger.kept_truths import KeptTruths
from everloop.ledger.ledger import Ledger
from everloop.records.endpoint import VersionRef
from everloop.records.target import TargetRule

TARGET = TargetRule(outcome="species")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = 24 * 60  # minutes


def truths(ledger):
    """The truth of each answer, by its id."""
    rows = ledger.joined("animals", TARGET)
    return dict(zip(rows["id"].to_pylist(), rows["truth"].to_pylist(), strict=True))


def compacted(writer, ledger):
    writer.log.seal()
    ledger.compact()


@pytest.mark.parametrize("moved", ["neither", "answer", "outcome", "both"])
def test_it_is_joined_wherever_the_two_are(writer, ledger, moved):
    def tell():
        writer.tell("order-1", "cat", learned=1)

    def predict():
        writer.predict("p1", ids=["order-1"])

    first, second = (tell, predict) if moved == "outcome" else (predict, tell)
    first()
    if moved in {"answer", "outcome"}:
        compacted(writer, ledger)
    second()
    if moved == "both":
        compacted(writer, ledger)
    assert truths(ledger) == {"p1": "cat"}
    compacted(writer, ledger)
    assert truths(ledger) == {"p1": "cat"}


def test_both_ids_name_the_same_answer_so_that_the_later_outcome_corrects(writer, ledger):
    writer.predict(["p1", "p2"], rows=[{}, {}], ids=["a", "b"])
    writer.tell("a", "cat", learned=1)
    writer.tell("p1", "dog", learned=2)
    writer.tell("p2", "dog", learned=1)
    writer.tell("b", "cat", learned=2)
    assert truths(ledger) == {"p1": "dog", "p2": "cat"}
    assert ledger.counts("animals", TARGET).corrections == 2


def test_an_id_that_was_given_to_several_answers_names_all_of_them(writer, ledger):
    for place in range(3):
        writer.predict(f"p{place}", ids=["order-1"], minute=place)
        compacted(writer, ledger)
    writer.tell("order-1", "cat", learned=5)
    assert truths(ledger) == {"p0": "cat", "p1": "cat", "p2": "cat"}


def test_an_answer_that_is_given_a_day_after_the_outcome_came_is_not_told_of_by_it(writer, ledger):
    writer.tell("ann", "cat", learned=0)
    compacted(writer, ledger)
    writer.predict("soon", ids=["ann"], minute=DAY)
    writer.predict("later", ids=["ann"], minute=DAY + 1)
    assert truths(ledger) == {"soon": "cat", "later": None}
    compacted(writer, ledger)
    assert truths(ledger) == {"soon": "cat", "later": None}


def test_of_more_answers_under_one_id_than_a_hundred_the_latest_are_named(writer, ledger):
    for place in range(MOST + 1):
        writer.predict(f"p{place}", ids=["0"])
    compacted(writer, ledger)
    writer.tell("0", "cat")
    compacted(writer, ledger)
    found = truths(ledger)
    assert found.pop("p0") is None
    assert set(found.values()) == {"cat"}


def test_an_outcome_by_an_id_of_nobody_is_kept_and_named_by_its_answer_when_it_comes(writer, ledger, tables):
    writer.tell("order-1", "cat")
    compacted(writer, ledger)
    assert ledger.counts("animals", TARGET).unknown == 1
    writer.predict("p1", ids=["order-1"], minute=3)
    compacted(writer, ledger)
    assert truths(ledger) == {"p1": "cat"}
    assert ledger.counts("animals", TARGET).unknown == 0
    assert tables.snapshot("outcomes/animals").read(["prediction", "caller_id"]).to_pylist() == [
        {"prediction": "order-1", "caller_id": None},
        {"prediction": "p1", "caller_id": "order-1"},
    ]


def test_what_was_added_before_a_compaction_was_cut_off_is_not_added_again(
    writer, ledger, tables, layout, clock
):
    writer.tell("order-1", "cat")
    compacted(writer, ledger)
    writer.predict("p1", ids=["order-1"], minute=3)
    writer.log.seal()
    with pytest.raises(Interrupted):  # between the outcome under our id, and its answer
        Ledger(StopsAfter(tables, 1, before=True), layout, clock).compact()
    assert tables.snapshot("predictions/animals") is None
    assert truths(ledger) == {"p1": "cat"}
    ledger.compact()
    assert tables.snapshot("outcomes/animals").read()["prediction"].to_pylist() == ["order-1", "p1"]
    assert tables.snapshot("predictions/animals").rows == 1


def test_outcomes_show_once_under_our_id_with_the_callers_beside_it(writer, ledger):
    writer.predict("p1", ids=["order-1"])
    writer.tell("order-1", "cat")
    writer.tell("nobody", "cat")
    rows = ledger.outcomes("animals").select(["prediction", "caller_id"]).to_pylist()
    assert rows == [
        {"prediction": "nobody", "caller_id": None},
        {"prediction": "p1", "caller_id": "order-1"},
    ]


def test_answers_that_were_recorded_have_one_id_and_count_once(writer, ledger, tables):
    writer.predict("order-1", ids=["order-1"], context=writer.context(rung="elsewhere"))
    writer.tell("order-1", "cat")
    compacted(writer, ledger)
    assert truths(ledger) == {"order-1": "cat"}
    assert tables.snapshot("outcomes/animals").rows == 1


def test_unknown_ids_are_counted_once_however_often_they_are_corrected(writer, ledger):
    for minute, value in enumerate(["cat", "dog", "cat"]):
        writer.tell("nobody", value, learned=minute)
    writer.tell("nothing", "cat")
    assert ledger.counts("animals", TARGET).unknown == 2


@pytest.mark.parametrize("moved", [False, True])
def test_ids_that_no_answer_has_are_told_apart(writer, ledger, moved):
    writer.predict(["p1", "p2"], rows=[{}, {}], ids=["a", "b"])
    writer.predict("p3")
    if moved:
        compacted(writer, ledger)
    assert ledger.unknown("animals", ["x", "p1", "b", "p3", "y", "x"]) == ["x", "y"]
    assert ledger.unknown("animals", []) == []


def test_what_came_before_outcomes_had_a_second_id_is_read_and_joined(writer, ledger, tables):
    writer.tell("order-1", "cat")
    compacted(writer, ledger)
    old = tables.snapshot("outcomes/animals").read().drop_columns(["caller_id"])
    tables.restore("outcomes/animals", 0)
    tables._tables[("outcomes", "animals")][-1] = type(tables.snapshot("outcomes/animals"))(
        version=2, content=old
    )
    assert ledger.outcomes("animals")["prediction"].to_pylist() == ["order-1"]
    writer.predict("p1", ids=["order-1"])
    assert truths(ledger) == {"p1": "cat"}
    compacted(writer, ledger)
    assert truths(ledger) == {"p1": "cat"}


class Story:
    """Answers and outcomes as an oracle keeps them: lists, and a rule that looks at every pair."""

    def __init__(self):
        self.answers, self.outcomes = [], []  # (id, own id, minute), (told id, value, minute)

    def pairs(self):
        for place, (told, value, learned) in enumerate(self.outcomes):
            for ours, own, served in self.answers:
                if told == ours or (told == own and served <= learned + DAY):
                    yield ours, told, place, learned, value

    def truths(self):
        found = {ours: [] for ours, _, _ in self.answers}
        for ours, _, place, learned, value in self.pairs():
            found[ours].append((learned, place, value))
        return {ours: max(told)[2] if told else None for ours, told in found.items()}

    def unknown(self):
        return len({told for told, _, _ in self.outcomes} - {told for _, told, *_ in self.pairs()})


def _something(dice, story, writers, ledger, tables, layout, clock):
    match dice.choice(["predict", "predict", "tell", "tell", "seal", "compact", "cut"]):
        case "predict":
            ours, own = f"p{len(story.answers)}", dice.choice([None, f"o{dice.randrange(12)}"])
            minute = dice.choice([0, 5, DAY + 20, 3 * DAY])
            dice.choice(writers).predict(ours, minute=minute, **({"ids": [own]} if own else {}))
            story.answers.append((ours, own, minute))
        case "tell":
            told = dice.choice([f"o{dice.randrange(12)}", f"p{dice.randrange(40)}"])
            learned = len(story.outcomes) + dice.choice([0.25, 0.5])
            value = dice.choice(["cat", "dog"])
            dice.choice(writers).tell(told, value, learned=learned)
            story.outcomes.append((told, value, learned))
        case "seal":
            dice.choice(writers).log.seal()
        case "compact":
            ledger.compact()
        case "cut":
            steps, before = dice.randrange(4), dice.random() < 0.5
            with suppress(Interrupted):
                Ledger(StopsAfter(tables, steps, before=before), layout, clock).compact()


@pytest.mark.parametrize("seed", range(4))
def test_all_histories_of_two_workers_and_a_compactor_that_is_cut_off_follow_the_rule(
    ledger, tables, layout, clock, seed
):
    dice, story = random.Random(seed), Story()
    writers = [Writer(layout.capture) for _ in range(2)]
    truth, finals, now = KeptTruths(), KeptFinals(), clock.now()
    asked = Answerer(
        endpoint="animals", outcome="species", version=VersionRef(model="animals", number=1), since=NOON
    )
    for step in range(70):
        _something(dice, story, writers, ledger, tables, layout, clock)
        if step % 5 == 0:
            expected = story.truths()
            assert truths(ledger) == expected
            counts = ledger.counts("animals", TARGET)
            assert (counts.unknown, counts.received) == (story.unknown(), len(story.outcomes))
            assert truth.of(ledger, "animals", TARGET, now) == len(expected) - list(expected.values()).count(
                None
            )
            final = finals.between(ledger, asked, NOON - timedelta(days=9), NOON + timedelta(days=9))
            assert set(final["id"].to_pylist()) == _only_once_told(ledger)
    for writer in writers:
        writer.log.close()
    ledger.compact()
    assert truths(ledger) == story.truths()
    told = tables.snapshot("outcomes/animals").read(["prediction", "caller_id", "learned_at"]).to_pylist()
    again = sorted(
        (row["prediction"], row["caller_id"], row["learned_at"]) for row in told if row["caller_id"]
    )
    assert again == sorted(
        (ours, own, NOON + timedelta(minutes=learned))
        for ours, own, _, learned, _ in story.pairs()
        if ours != own
    )


def _only_once_told(ledger):
    """The answers whose truth was never corrected, by a full join."""
    outcomes = ledger.outcomes("animals").to_pylist()
    corrected = {row["prediction"] for row in outcomes if row["revision"] > 1}
    return {ours for ours, value in truths(ledger).items() if value is not None} - corrected
