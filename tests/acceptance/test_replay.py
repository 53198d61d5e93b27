"""`everloop replay`: every row once over HTTP, distorted as declared, and its truth under the answer's id."""

import json
import signal

import pytest

LATE = "1h"


@pytest.fixture
def rows(house):
    """A file of 40 rows, in the folder of a project whose endpoint answers with the number that it is asked."""
    path = house.layout.root.parent / "rows.csv"
    path.write_text("n,y\n" + "".join(f"{n},{2 * n}\n" for n in range(40)))
    house.serve(workers=1)
    return path


def test_every_row_is_answered_once_and_gets_its_truth(house, rows, command):
    words = (
        "rows.csv",
        "--endpoint",
        "echo",
        "--target",
        "y",
        "--rate",
        "200",
        "--from-row",
        "5",
        "--limit",
        "30",
    )
    running = command(rows.parent, "replay", *words, "--distort", "shift:by=100,columns=n,from=20", "--json")
    code, out, err = running.result()
    assert code == 0, err
    told = json.loads(out)
    assert (told["sent"], told["delivered"], told["with_truth"], told["failed"]) == (30, 30, 30, 0)
    answered = house.ledger().predictions("echo", columns=["id", "number.n", "caller_id"])
    asked = dict(zip(answered["caller_id"].to_pylist(), answered["number.n"].to_pylist(), strict=True))
    assert len(asked) == answered.num_rows == 30
    expected = {place: 5 + place + (100 if place >= 20 else 0) for place in range(30)}
    assert {int(name.rpartition("-")[2]): n for name, n in asked.items()} == expected
    outcomes = house.ledger().outcomes("echo")
    truths = dict(zip(outcomes["prediction"].to_pylist(), outcomes["value"].to_pylist(), strict=True))
    given = dict(zip(answered["id"].to_pylist(), answered["caller_id"].to_pylist(), strict=True))
    assert {given[id]: truth for id, truth in truths.items()} == {
        name: 2 * (5 + int(name.rpartition("-")[2])) for name in asked
    }


def test_ctrl_c_says_how_many_truths_were_not_sent(house, rows, command, eventually):
    words = ("rows.csv", "--endpoint", "echo", "--target", "y", "--rate", "200", "--outcome-delay", LATE)
    running = command(rows.parent, "replay", *words)
    eventually(lambda: running.process.poll() is not None or _answered(house) == 40)
    running.process.send_signal(signal.SIGINT)
    code, out, err = running.result()
    assert code == 130, err
    assert "40 truths were not sent" in out
    assert "Traceback" not in err
    assert house.ledger().outcomes("echo").num_rows == 0


def test_a_row_that_does_not_fit_is_counted_with_the_reason(rows, command):
    rows.write_text("n,y\n1,1\nmany,2\n")
    code, out, err = command(
        rows.parent, "replay", "rows.csv", "--endpoint", "echo", "--target", "y"
    ).result()
    assert code == 1
    assert "'n'" in err
    assert out == ""


def _answered(house) -> int:
    return house.ledger().predictions("echo", columns=["id"]).num_rows
