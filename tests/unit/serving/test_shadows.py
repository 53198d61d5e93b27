import asyncio
import json
import time
from dataclasses import replace

import numpy as np
import pytest

from everloop.records.routes import Variant
from everloop.serving.loaded_bundle import LoadedBundle, ModelFailed
from everloop.serving.shadow_turns import ShadowTurns
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.testing.running_worker import route

PATH = "/endpoints/r/invocations"
HALVES = (0.5, 0.5)


def body(x: float, rows: int = 1, **more: float) -> bytes:
    return json.dumps({"instances": [{"x": x + place, **more} for place in range(rows)]}).encode()


def shadowed(*bundles: LoadedBundle, shares=(1.0,)):
    """A route whose bundles all shadow; as many as there are shares answer."""
    plain = route("r", *(b.digest for b in bundles), shares=shares)
    names = ("champion", "candidate", "second")
    shadows = tuple(
        Variant(name=name, model="sign", version=place + 1, bundle=bundle.digest, share=0.0)
        for place, (name, bundle) in enumerate(zip(names, bundles, strict=False))
    )
    return replace(plain, rollout="c_1", shadows=shadows)


@pytest.fixture
def champion(kit) -> LoadedBundle:
    return kit.load(linear_bundle(kit.folder, numbers("x"), [[1]]))


@pytest.fixture
def candidate(kit) -> LoadedBundle:
    """Answers ten times what the champion does."""
    return kit.load(linear_bundle(kit.folder, numbers("x"), [[10]]))


def ask(kit, x: float, *, rows: int = 1, key: bytes | None = None, **more: float) -> dict:
    listener = kit.listener()
    kit.ask(listener, PATH, body(x, rows, **more), key=key)
    kit.plane.tick.finish()
    return json.loads(listener.replies[0].body)


def run_all(kit) -> None:
    while kit.plane.shadows.waiting:
        kit.plane.shadows.take_turn()


def captured(kit) -> list[tuple[str, bool, list[str], list[float], str]]:
    """Variant, whether a shadow, ids, output and error of each captured request."""
    found = []
    for segment in kit.log.segments():
        for group in segment.answers:
            for one in group:
                context = segment.contexts[one.context]
                output = np.frombuffer(one.output, "<f4").tolist()
                found.append((context.variant, context.shadow, list(one.ids), output, one.error))
    return found


def count(kit, what: str, variant: str = "candidate") -> float:
    return kit.metrics.counts()[f'everloop_shadow_{what}_total{{endpoint="r",variant="{variant}"}}']


def test_a_shadow_answers_what_was_answered_under_the_same_id(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    answer = ask(kit, 3, key=b"k")
    run_all(kit)
    assert captured(kit) == [
        ("champion", False, answer["ids"], [3.0], ""),
        ("candidate", True, answer["ids"], [30.0], ""),
    ]
    answered, shadow = (one for segment in kit.log.segments() for group in segment.answers for one in group)
    assert (shadow.served_at, shadow.key_hash) == (answered.served_at, answered.key_hash)
    assert shadow.body == b""
    assert count(kit, "rows") == 1


def test_whichever_version_answers_the_other_one_shadows(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate, shares=HALVES))
    answers = [ask(kit, 2, key=b"%d" % place) for place in range(40)]
    run_all(kit)
    outputs: dict[str, dict[str, float]] = {}
    for variant, _, ids, output, _ in captured(kit):
        outputs.setdefault(ids[0], {})[variant] = output[0]
    assert {a["variant"] for a in answers} == {"champion", "candidate"}
    assert list(outputs.values()) == [{"champion": 2.0, "candidate": 20.0}] * 40
    assert len(captured(kit)) == 80


def test_shadows_wait_until_the_answers_have_left(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 3)
    assert [shadow for _, shadow, *_ in captured(kit)] == [False]
    assert kit.plane.shadows.waiting == 1


def test_the_loop_runs_them_by_itself(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 3)

    async def until_idle() -> None:
        while kit.plane.shadows.waiting:
            await asyncio.sleep(0.001)

    kit.loop.run_until_complete(asyncio.wait_for(until_idle(), 5))
    assert [shadow for _, shadow, *_ in captured(kit)] == [False, True]


def test_a_turn_of_many_questions_is_one_capture(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    for x in range(20):
        ask(kit, x)
    run_all(kit)  # learns that one inference may have many rows
    groups = len(kit.log.segments()[0].answers)
    for x in range(20):
        ask(kit, x)
    kit.plane.shadows.take_turn()
    assert len(kit.log.segments()[0].answers) == groups + 20 + 1


def test_a_shadow_gets_as_many_rows_at_a_time_as_it_has_time_for(kit, champion, candidate, monkeypatch):
    sizes = []
    infer = candidate.infer

    def slow(decoded):
        sizes.append(decoded.rows)
        until = time.perf_counter() + decoded.rows * 0.0002
        while time.perf_counter() < until:
            pass
        return infer(decoded)

    monkeypatch.setattr(candidate, "infer", slow)
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 0, rows=60)
    run_all(kit)
    assert sum(sizes) == 60
    assert max(sizes) <= 2  # 0.5 ms at 0.2 ms a row
    outputs = [x for variant, _, _, output, _ in captured(kit) if variant == "candidate" for x in output]
    assert outputs == [10.0 * x for x in range(60)]
    ids = [i for variant, _, ids, _, _ in captured(kit) if variant == "candidate" for i in ids]
    assert ids == captured(kit)[0][2]


def test_a_full_queue_drops_rows_and_counts_them(kit, champion, candidate):
    kit.plane.tick._shadows = kit.plane.shadows = ShadowTurns(kit.loop, kit.log, max_rows=5)
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    for x in range(4):
        ask(kit, x, rows=2)
    assert (kit.plane.shadows.waiting, count(kit, "dropped")) == (4, 4)
    run_all(kit)
    assert (count(kit, "rows"), count(kit, "dropped")) == (4, 4)
    assert sum(len(ids) for _, shadow, ids, *_ in captured(kit) if not shadow) == 8


def test_rows_that_have_waited_too_long_are_dropped_and_counted(kit, champion, candidate):
    kit.plane.tick._shadows = kit.plane.shadows = ShadowTurns(kit.loop, kit.log, max_age_s=0.0)
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 1)
    ask(kit, 2)
    run_all(kit)
    assert (count(kit, "rows"), count(kit, "dropped"), len(captured(kit))) == (0, 2, 2)


def test_bodies_that_a_shadow_must_read_itself_do_not_fill_the_memory(kit, champion):
    wider = kit.load(linear_bundle(kit.folder, numbers("x", "z", nullable=True), [[1, 1]]))
    kit.plane.tick._shadows = kit.plane.shadows = ShadowTurns(kit.loop, kit.log, max_bytes=100)
    kit.route(1, [champion, wider], shadowed(champion, wider))
    for x in range(10):
        ask(kit, x)
    each = len(body(0))
    assert kit.plane.shadows.waiting == 100 // each
    assert count(kit, "dropped") == 10 - 100 // each


def test_a_row_that_a_shadow_fails_on_is_captured_with_the_error_alone(kit, champion, candidate, monkeypatch):
    infer = candidate.infer

    def stumbling(decoded):
        if 13 in np.frombuffer(decoded.packed, "<f4"):
            raise ModelFailed("it does not like thirteens")
        return infer(decoded)

    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    for x in range(8):  # so that the next four are one inference
        ask(kit, x)
    run_all(kit)
    monkeypatch.setattr(candidate, "infer", stumbling)
    answers = [ask(kit, x) for x in (1, 13, 2, 3)]
    run_all(kit)
    shadows = [one for one in captured(kit) if one[1]][-4:]
    assert [(ids, output) for _, _, ids, output, _ in shadows] == [
        (answer["ids"], output) for answer, output in zip(answers, ([10.0], [], [20.0], [30.0]), strict=True)
    ]
    assert [error for *_, error in shadows] == ["", "the model failed: it does not like thirteens", "", ""]
    assert count(kit, "failed") == 1


def test_an_answer_that_is_no_number_is_the_shadows_failure(kit, champion):
    infinite = kit.load(linear_bundle(kit.folder, numbers("x"), [[3e38]]))
    kit.route(1, [champion, infinite], shadowed(champion, infinite))
    assert ask(kit, 10)["predictions"] == [10.0]
    run_all(kit)
    *_, output, error = captured(kit)[-1]
    assert (output, error) == ([], "the model failed: it answered a number that is not finite")


def test_a_shadow_that_breaks_drops_its_rows_and_the_answers_go_on(
    kit, champion, candidate, monkeypatch, caplog
):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))

    def broken(decoded):
        raise ZeroDivisionError

    monkeypatch.setattr(candidate, "infer", broken)
    ask(kit, 1)
    ask(kit, 2)
    run_all(kit)
    assert "sign@2 broke" in caplog.text
    assert count(kit, "dropped") == 2
    monkeypatch.undo()
    assert ask(kit, 3)["predictions"] == [3.0]
    run_all(kit)
    assert captured(kit)[-1][3] == [30.0]


def test_a_shadow_of_another_signature_reads_the_body_itself(kit):
    lenient = kit.load(linear_bundle(kit.folder, numbers("x"), [[1]], ignored=("z",)))
    wider = kit.load(linear_bundle(kit.folder, numbers("x", "z"), [[1, 100]]))
    kit.route(1, [lenient, wider], shadowed(lenient, wider))
    ask(kit, 3, rows=2, z=1.0)
    run_all(kit)
    assert [output for variant, _, _, output, _ in captured(kit)] == [[3.0, 4.0], [103.0], [104.0]]


@pytest.mark.parametrize(("columns", "sent"), [(("x", "z"), {}), (("x",), {"z": 1.0})])
def test_a_row_that_a_shadows_signature_does_not_take_is_its_failure(kit, columns, sent):
    lenient = kit.load(linear_bundle(kit.folder, numbers("x"), [[1]], ignored=("z",)))
    strict = kit.load(linear_bundle(kit.folder, numbers(*columns), [[1] * len(columns)]))
    kit.route(1, [lenient, strict], shadowed(lenient, strict))
    answer = ask(kit, 3, **sent)
    run_all(kit)
    variant, shadow, ids, output, error = captured(kit)[-1]
    assert (variant, shadow, ids, output) == ("candidate", True, answer["ids"], [])
    assert error.startswith("it does not take this row: ")


def test_what_was_not_captured_is_not_shadowed(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    kit.log.full = True
    listener = kit.listener()
    kit.ask(listener, PATH, body(1))
    kit.plane.tick.finish()
    assert listener.replies[0].status == 503
    assert kit.plane.shadows.waiting == 0


def test_shadows_that_the_log_does_not_take_are_counted_as_dropped(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 1)
    kit.log.full = True
    run_all(kit)
    assert (count(kit, "rows"), count(kit, "dropped")) == (0, 1)


def test_an_answer_that_failed_is_shadowed_all_the_same(kit, champion, candidate, monkeypatch):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))

    def failing(decoded):
        raise ModelFailed("no")

    monkeypatch.setattr(champion, "infer", failing)
    listener = kit.listener()
    kit.ask(listener, PATH, body(4))
    kit.plane.tick.finish()
    run_all(kit)
    (_, _, ids, _, error), (_, _, shadow_ids, output, _) = captured(kit)
    assert (ids, error != "", output) == (shadow_ids, True, [40.0])


def test_a_drain_finishes_what_waits(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    for x in range(30):
        ask(kit, x)
    kit.loop.run_until_complete(kit.plane.shadows.finish(time.monotonic() + 5))
    assert (count(kit, "rows"), count(kit, "dropped")) == (30, 0)


def test_a_drain_whose_time_is_up_drops_what_waits_and_counts_it(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    for x in range(30):
        ask(kit, x)
    kit.loop.run_until_complete(kit.plane.shadows.finish(time.monotonic() - 1))
    assert (count(kit, "rows"), count(kit, "dropped"), kit.plane.shadows.waiting) == (0, 30, 0)


def test_rows_that_wait_while_the_route_changes_are_told_of_the_route_that_answered(kit, champion, candidate):
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 1)
    kit.route(2, [champion], route("r", champion.digest))
    ask(kit, 2)
    run_all(kit)
    segment = kit.log.segments()[0]
    tables = [
        (segment.contexts[o.context].shadow, segment.contexts[o.context].route_table)
        for g in segment.answers
        for o in g
    ]
    assert tables == [(False, 1), (False, 2), (True, 1)]


class Timers:
    """A loop that only keeps what it was asked to call later."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, object]] = []

    def call_later(self, seconds: float, work) -> "Timers":
        self.asked.append((seconds, work))
        return self

    def cancel(self) -> None: ...


@pytest.mark.parametrize(("length", "rest"), [(0.001, 0.004), (0.02, 0.38)])
def test_after_a_turn_the_loop_has_a_multiple_of_its_time_for_the_answers(
    kit, champion, candidate, monkeypatch, length, rest
):
    """Four times, or nineteen times where a single row takes long."""
    timers = Timers()
    kit.plane.tick._shadows = kit.plane.shadows = ShadowTurns(timers, kit.log)
    infer = candidate.infer

    def slow(decoded):
        until = time.perf_counter() + length
        while time.perf_counter() < until:
            pass
        return infer(decoded)

    monkeypatch.setattr(candidate, "infer", slow)
    kit.route(1, [champion, candidate], shadowed(champion, candidate))
    ask(kit, 1)
    ask(kit, 2)
    assert len(timers.asked) == 1  # one turn for whatever comes before it
    timers.asked[0][1]()
    (_, (pause, turn)) = timers.asked
    assert pause >= rest
    turn()
    assert len(timers.asked) == 2  # nothing waits any more
    assert count(kit, "rows") == 2
