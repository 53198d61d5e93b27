"""How the demo is told in a terminal."""

from datetime import UTC, datetime

import pytest

from everloop.actions.queries.quality_history import QualityHistory
from everloop.cli.narrator import Narrator
from everloop.evidence.estimate import Estimate
from everloop.monitoring.quality_point import QualityPoint
from everloop.replay.sent import Sent
from everloop.workspace.demo.facts import Better
from everloop.workspace.demo.story import Told
from everloop.workspace.happenings import Happening

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def happened(kind, reason, candidate="digits@3"):
    return Happening(
        sequence=1,
        at=NOW,
        kind=kind,
        action=kind,
        candidate=candidate,
        champion="",
        reason=reason,
        after_rows=618,
    )


def estimate(value):
    return Estimate(metric="accuracy", value=value, low=value - 0.02, high=value + 0.02, rows=100)


TOLD = Told(
    seed=7,
    promotions=2,
    refusals=1,
    rollbacks=1,
    drift_raised_after=160,
    delivered=1255,
    captured_of_delivered=1255,
    accuracy=(Better(event="promoted digits@2: no worse", before=estimate(0.77), after=estimate(0.875)),),
    seconds=96.4,
)


@pytest.fixture
def narrator(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    return Narrator(to_error=False)


def test_what_happens_is_told_with_how_far_the_stream_was_and_with_its_reason(narrator, capsys):
    narrator.voice().happened(happened("refused", "digits@3: it is worse"))
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["   618   ✗ refused digits@3", "           it is worse"]


def test_looks_of_undecided_gates_are_told_once(narrator, capsys):
    for rows in (10, 20, 30):
        narrator.voice().happened(happened("gates undecided", f"too few: {rows}"))
    assert "10" in (out := capsys.readouterr().out)
    assert "20" not in out


def test_a_reason_cannot_speak_to_the_terminal(narrator, capsys):
    narrator.voice().happened(happened("refused", "[red]no[/red] \x1b[31m"))
    out = capsys.readouterr().out
    assert "[red]no[/red]" in out
    assert "\x1b" not in out


def test_the_end_says_what_came_of_it(narrator, capsys):
    narrator.ending(TOLD, "kept")
    out = " ".join(capsys.readouterr().out.split())
    assert "promoted digits@2: 77.0% right [75.0%, 79.0%] → 87.5% right [85.5%, 89.5%]" in out
    assert "2 promoted, 1 refused, 1 rolled back" in out
    assert "160 predictions after the scanner was replaced" in out
    assert "everloop why --folder kept" in out


def test_with_json_the_story_goes_to_standard_error(monkeypatch, capsys):
    Narrator(to_error=True).line("a detail")
    found = capsys.readouterr()
    assert (found.out, found.err.strip()) == ("", "a detail")


def test_the_spark_line_rises_with_accuracy(narrator, monkeypatch):
    shown = []
    monkeypatch.setattr(narrator._line, "show", shown.append)
    points = tuple(
        QualityPoint(since=NOW, until=NOW, rows=25, model="m", version=1, value=v, low=v, high=v)
        for v in (0.1, 0.5, 0.75, 1.0)
    )
    voice = narrator.voice()
    voice.quality(
        QualityHistory(endpoint="digits", metric="accuracy", better="higher", points=points, candidates=())
    )
    voice.sent(Sent(sent=1234, with_truth=1200))
    assert "1,234   digits sent, 1,200 with their truth   ▁▃▆█ 100% right" in shown[0]


def test_a_new_chapter_leaves_the_spark_line_of_the_last_one_behind(narrator, capsys):
    points = (
        QualityPoint(since=NOW, until=NOW, rows=25, model="m", version=1, value=1.0, low=1.0, high=1.0),
    )
    voice = narrator.voice()
    voice.quality(
        QualityHistory(endpoint="digits", metric="accuracy", better="higher", points=points, candidates=())
    )
    voice.chapter("Next.")
    assert capsys.readouterr().out.split() == ["█", "100%", "right", "Next."]
