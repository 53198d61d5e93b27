"""A rollout's answers beside what the other version made of them: by hand, and against a slow and obvious oracle."""

import random
from datetime import timedelta

import pytest

from everloop.ledger.capture import Answered
from everloop.records.target import TargetRule

ROLLOUT = "animals-1"
SPECIES = TargetRule(outcome="species")


class Seen:
    """Answers of a rollout and what its shadows made of them."""

    def __init__(self, writer) -> None:
        self.writer = writer

    def context(self, who: str, *, share: float = 0.1, shadow: bool = False) -> int:
        own = share if who == "candidate" else 1 - share
        return self.writer.context(variant=who, share=own, rollout=ROLLOUT, shadow=shadow)

    def answer(self, name: str, by: str, output, *, minute: float = 0.0, share: float = 0.1) -> None:
        answered = self.writer.answered(
            name,
            minute=minute,
            context=self.context(by, share=share),
            output=output or [],
            error="" if output else "no",
        )
        self.writer.log.append([answered])

    def shadow(self, name: str, who: str, output, *, minute: float = 0.0, share: float = 0.1) -> None:
        context = self.context(who, share=share, shadow=True)
        like = self.writer.answered(
            name, minute=minute, context=context, output=output or [], error="" if output else "no"
        )
        self.writer.log.append(
            [Answered(context, [name], b"", like.output, like.served_at, 20, error=like.error)]
        )


CAT, DOG = [0.9, 0.1], [0.2, 0.8]


@pytest.fixture
def seen(writer) -> Seen:
    return Seen(writer)


def test_whoever_answered_the_other_one_is_beside_it(seen, ledger, writer):
    seen.answer("p1", "champion", CAT)
    seen.shadow("p1", "candidate", DOG)
    seen.answer("p2", "candidate", DOG, minute=1)
    seen.shadow("p2", "champion", CAT, minute=1)
    writer.tell("p2", "dog", learned=5)
    first, second = ledger.rollout("animals", ROLLOUT, SPECIES).to_pylist()
    assert (first["variant"], first["output"], first["champion"], first["candidate"]) == (
        "champion",
        "cat",
        "cat",
        "dog",
    )
    assert (second["variant"], second["output"], second["champion"], second["candidate"]) == (
        "candidate",
        "dog",
        "cat",
        "dog",
    )
    assert (first["share"], first["candidate_share"]) == (0.9, pytest.approx(0.1))
    assert (second["share"], second["candidate_share"]) == (0.1, 0.1)
    assert (first["truth"], first["mature"], second["truth"], second["mature"]) == (None, False, "dog", True)
    assert second["learned_at"].minute == 5
    assert second["latency_ms"] == 1.5


def test_a_row_that_the_other_one_did_not_see_is_there_all_the_same(seen, ledger):
    seen.answer("p1", "champion", CAT)
    (row,) = ledger.rollout("animals", ROLLOUT, SPECIES).to_pylist()
    assert (row["champion_seen"], row["candidate_seen"], row["candidate_failed"]) == (True, False, False)
    assert row["candidate"] is None


def test_who_failed_is_told_apart_from_who_did_not_see(seen, ledger):
    seen.answer("p1", "champion", None)
    seen.shadow("p1", "candidate", CAT)
    seen.answer("p2", "champion", CAT)
    seen.shadow("p2", "candidate", None)
    first, second = ledger.rollout("animals", ROLLOUT, SPECIES).to_pylist()
    assert (first["champion_failed"], first["candidate_failed"], first["error"]) == (True, False, "no")
    assert (second["champion_failed"], second["candidate_failed"], second["error"]) == (False, True, None)


def test_other_rollouts_and_other_times_are_left_out(seen, ledger, writer):
    writer.predict("p0")
    seen.answer("p1", "champion", CAT, minute=1)
    seen.answer("p2", "champion", CAT, minute=9)
    assert ledger.rollout("animals", ROLLOUT, SPECIES)["id"].to_pylist() == ["p1", "p2"]
    noon = ledger.predictions("animals")["served_at"][0].as_py()
    late = ledger.rollout("animals", ROLLOUT, SPECIES, since=noon + timedelta(minutes=5))
    assert late["id"].to_pylist() == ["p2"]


def test_nothing_is_a_table_of_the_same_shape(seen, ledger):
    seen.answer("p1", "champion", CAT)
    some, none = (ledger.rollout("animals", which, SPECIES) for which in (ROLLOUT, "other"))
    assert none.num_rows == 0
    assert none.column_names == some.column_names


def test_probabilities_come_when_they_are_asked_for(seen, ledger):
    seen.answer("p1", "champion", CAT)
    seen.shadow("p1", "candidate", DOG)
    (row,) = ledger.rollout("animals", ROLLOUT, SPECIES, probabilities=True).to_pylist()
    assert row["champion_probabilities"] == pytest.approx(CAT)
    assert row["candidate_probabilities"] == pytest.approx(DOG)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("window", [None, 60])
def test_rows_are_those_of_a_slow_oracle(seen, ledger, writer, seed, window):
    """Before and after the compaction, with rows and outcomes in any order."""
    chance = random.Random(seed)
    target = TargetRule(
        outcome="species", within=window and timedelta(minutes=window), otherwise="dog" if window else None
    )
    expected = {}
    for number in range(40):
        name, by = f"p{number}", chance.choice(["champion", "candidate"])
        other = "candidate" if by == "champion" else "champion"
        outputs = {by: chance.choice([CAT, DOG, None]), other: chance.choice([CAT, DOG, None])}
        saw = {by} | ({other} if chance.random() < 0.8 else set())
        told = chance.choice([None, ("cat", chance.randrange(90))])
        seen.answer(name, by, outputs[by])
        if other in saw:
            seen.shadow(name, other, outputs[other])
        if told is not None:
            writer.tell(name, told[0], learned=told[1])
        named = {who: {str(CAT): "cat", str(DOG): "dog", "None": None}[str(outputs[who])] for who in saw}
        truth = told[0] if told and (window is None or told[1] <= window) else "dog" if window else None
        expected[name] = (by, named.get("champion"), named.get("candidate"), saw, truth)
        if number == 20:
            writer.log.seal()
            ledger.compact()
    for _ in range(2):
        found = {
            row["id"]: (
                row["variant"],
                row["champion"],
                row["candidate"],
                {who for who in ("champion", "candidate") if row[f"{who}_seen"]},
                row["truth"],
            )
            for row in ledger.rollout("animals", ROLLOUT, target).to_pylist()
        }
        assert found == expected
        writer.log.seal()
        ledger.compact()
