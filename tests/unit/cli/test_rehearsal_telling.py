"""How a rehearsal is told: what repeats itself is counted."""

from datetime import UTC, datetime

import pytest

from everloop.cli.rehearsal_telling import Telling
from everloop.evidence.estimate import Estimate
from everloop.replay.sent import Sent
from everloop.workspace.before_after import TurningPoint
from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal_plan import plan_for
from everloop.workspace.rehearse import Rehearsed


def happening(rows: int, kind: str, *monitors: str, **more) -> Happening:
    given = {"candidate": "", "champion": "", "reason": "", "columns": ()} | more
    return Happening(
        sequence=rows,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        kind=kind,
        action="",
        monitors=monitors,
        after_rows=rows,
        **given,
    )


def told(capsys, *happenings) -> list[str]:
    telling = Telling(to_error=False)
    for each in happenings:
        telling.happened(each)
    return capsys.readouterr().out.splitlines()


def accuracy(value: float, half: float) -> Estimate:
    return Estimate(metric="accuracy", value=value, low=value - half, high=value + half, rows=100)


def test_the_first_alert_of_drift_is_told_whole_and_later_ones_in_one_line_before_what_happens_next(capsys):
    lines = told(
        capsys,
        happening(100, "alert", "drift", reason="temp has moved", columns=("temp", "hum")),
        happening(200, "alert", "drift", reason="season has moved"),
        happening(300, "alert closed", "drift"),
        happening(400, "alert", "drift", reason="wind has moved"),
        happening(500, "promoted", candidate="m@2"),
    )
    assert [line.split("rows  ")[1] for line in lines] == [
        "alert: temp has moved (temp, hum)",
        "alerts of drift: 2 more raised, 1 closed",
        "promoted m@2",
    ]
    assert "400 rows" in lines[1]


def test_the_first_alert_of_another_monitor_and_every_one_of_quality_are_told(capsys):
    lines = told(
        capsys,
        happening(100, "alert", "drift"),
        happening(200, "alert", "data", "drift"),
        happening(300, "alert", "quality"),
        happening(400, "alert", "drift", "quality"),
    )
    assert len(lines) == 4


@pytest.fixture
def rehearsed() -> Rehearsed:
    def point(kind: str, gain: Estimate | None, *monitors: str) -> TurningPoint:
        before, after = accuracy(0.8, 0.02), accuracy(0.81, 0.02)
        return TurningPoint(happening=happening(1, kind, *monitors), before=before, after=after, gain=gain)

    return Rehearsed(
        plan=plan_for(1000),
        sent=Sent(sent=900),
        first="m@1",
        champion="m@3",
        promotions=2,
        refusals=0,
        rollbacks=0,
        drift_alerts=2,
        quality_alerts=0,
        worth=None,
        turning_points=(
            point("promoted", accuracy(0.01, 0.03)),
            point("promoted", accuracy(0.05, 0.03)),
            point("alert", None, "drift"),
            point("alert", None, "drift"),
        ),
        is_whole=True,
        seconds=80.0,
    )


def test_a_promotion_whose_interval_spans_nothing_is_no_change_shown(capsys, rehearsed):
    Telling(to_error=False).ending(rehearsed, "")
    first, second, *others = [line for line in capsys.readouterr().out.splitlines() if " before, " in line]
    assert first.endswith("; no change shown")
    assert second.endswith("; accuracy +5.0 points [+2.0, +8.0]")
    assert len(others) == 1  # alerts of drift


def test_what_was_folded_at_the_end_is_told_there(capsys, rehearsed):
    telling = Telling(to_error=False)
    telling.happened(happening(100, "alert", "drift"))
    telling.happened(happening(200, "alert", "drift"))
    telling.ending(rehearsed, "")
    assert "alerts of drift: 1 more raised" in capsys.readouterr().out
