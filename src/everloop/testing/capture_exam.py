"""The exam that every capture log sits. Subclass it with a `log` fixture that gives a new, empty log."""

from collections.abc import Sequence

import pytest

from everloop.errors import CaptureFailed
from everloop.ledger.capture import Answered, CaptureLog, Context, Received
from everloop.records.signature import Column, Label, Signature

SIGNATURE = Signature(
    task="classification",
    target="species",
    columns=(
        Column(name="length", kind="number", nullable=True),
        Column(name="colour", kind="category", nullable=True, categories=("blue", "red")),
    ),
    classes=("cat", "dog"),
)


def context(*, endpoint: str = "animals", version: int = 1, share: float = 1.0) -> Context:
    """A context with nothing special in it."""
    return Context(
        endpoint=endpoint,
        variant="champion",
        model="animals",
        version=version,
        bundle="b" * 64,
        signature=SIGNATURE,
        route_table=version,
        share=share,
    )


def answered(number: int, *, context: int = 0) -> Answered:
    """Request `number`, of one row."""
    return Answered(
        context=context,
        ids=(f"p{number}",),
        body=b'{"instances": [{"length": 1.5, "colour": "red"}]}',
        output=b"\x00\x00\x80\x3e\x00\x00\x40\x3f",  # 0.25, 0.75
        served_at=1_760_000_000_000_000_000 + number,
        latency_us=number,
    )


def received(number: int) -> Received:
    """An outcome of prediction `number`."""
    moment = 1_760_000_000_000_000_000 + number
    return Received(
        endpoint="animals", prediction=f"p{number}", name="species", value="dog", learned_at=moment
    )


def ids(log: CaptureLog) -> Sequence[str]:
    """The ids of all captured rows, in order."""
    return [i for segment in log.segments() for group in segment.answers for a in group for i in a.ids]


class CaptureLogExam:
    """What holds for every capture log."""

    def test_the_promise_has_a_name(self, log: CaptureLog) -> None:
        assert log.promise in {"written", "synced"}

    def test_a_group_is_there_as_soon_as_append_returns(self, log: CaptureLog) -> None:
        number = log.context(context())
        log.append([answered(1, context=number), answered(2, context=number)], [received(1)])
        (segment,) = log.segments()
        assert [[a.body for a in group] for group in segment.answers] == [
            [answered(1).body, answered(2).body]
        ]
        assert segment.outcomes == [received(1)]

    def test_groups_keep_their_order_and_borders_over_segments(self, log: CaptureLog) -> None:
        number = log.context(context())
        log.append([answered(1, context=number), answered(2, context=number)])
        log.append([answered(3, context=number)])
        log.seal()
        log.append([answered(4, context=number)])
        assert ids(log) == ["p1", "p2", "p3", "p4"]
        assert [[len(group) for group in segment.answers] for segment in log.segments()] == [[2, 1], [1]]

    def test_the_same_context_gives_the_same_number(self, log: CaptureLog) -> None:
        first = log.context(context())
        assert log.context(context(version=2)) != first
        assert log.context(context()) == first

    def test_every_segment_holds_the_contexts_that_its_answers_name(self, log: CaptureLog) -> None:
        numbers = [log.context(context(version=version)) for version in (1, 2)]
        for number in (*numbers, *numbers):
            log.append([answered(number, context=number)])
            log.seal()
        found = [s.contexts[a.context].version for s in log.segments() for g in s.answers for a in g]
        assert found == [1, 2, 1, 2]

    def test_outcomes_come_back_as_they_were_given(self, log: CaptureLog) -> None:
        values: list[Label] = ["dog", "7", 7, 7.5, True, ""]
        log.append((), [Received("animals", f"p{n}", "x", v, n) for n, v in enumerate(values)])
        (segment,) = log.segments()
        assert [(type(o.value), o.value) for o in segment.outcomes] == [(type(v), v) for v in values]

    def test_only_a_sealed_segment_is_sealed_and_clean(self, log: CaptureLog) -> None:
        number = log.context(context())
        log.append([answered(1, context=number)])
        log.seal()
        log.append([answered(2, context=number)])
        assert [(s.sealed, s.clean) for s in log.segments()] == [(True, True), (False, False)]

    def test_sealing_nothing_leaves_nothing(self, log: CaptureLog) -> None:
        log.seal()
        log.seal()
        assert not log.segments()

    def test_the_ids_of_segments_are_all_different_and_in_order(self, log: CaptureLog) -> None:
        for number in range(12):
            log.append((), [received(number)])
            log.seal()
        found = [segment.id for segment in log.segments()]
        assert found == sorted(set(found))
        assert len(found) == 12

    def test_a_closed_log_refuses(self, log: CaptureLog) -> None:
        log.append((), [received(1)])
        log.close()
        with pytest.raises(CaptureFailed, match="closed"):
            log.append((), [received(2)])
        assert all(segment.sealed for segment in log.segments())
