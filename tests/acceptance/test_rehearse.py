"""`everloop rehearse` and `everloop replay`: real processes, real HTTP, the platform's time run fast."""

import json
import signal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from sklearn.datasets import load_digits

LOOP = """
from sklearn.linear_model import LogisticRegression
import everloop as el

loop = el.Loop(
    "digits",
    recipe=el.Recipe(LogisticRegression(max_iter=200), target="digit"),
    mode="propose",
    gates=[el.NoWorse(margin=0.05)],
    rollout=el.Canary(steps=(0.5,), bake="1m", margin=0.05, shift=1.0, slower=1000.0),
    triggers=[el.AfterOutcomes(350)],
)
"""
QUICK = ("--first", "60", "--limit", "650", "--rate", "50", "--outcome-delay", "5m", "--json")


@pytest.fixture
def project(tmp_path):
    """Digits as a table, and a loop for them whose fits take a moment."""
    digits = load_digits()
    blocks = digits.images.reshape(-1, 4, 2, 4, 2).sum(axis=(2, 4)).reshape(-1, 16)  # of four points each
    columns = {f"block_{place:02d}": blocks[:, place] for place in range(16)}
    pa_csv.write_csv(
        pa.table(columns | {"digit": [f"is {d}" for d in digits.target]}), tmp_path / "digits.csv"
    )
    (tmp_path / "loop.py").write_text(LOOP)
    return tmp_path


@pytest.mark.slow  # a minute of waiting; `.ci/run` runs it each time
def test_a_rehearsal_turns_the_loop_to_a_promotion(project, command):
    """A model of 60 digits is replaced by one of more, which its gates and its rollout found no worse."""
    running = command(project, "rehearse", "digits.csv", "--target", "digit", "--loop", "loop.py", *QUICK)
    code, out, err = running.result(400)
    assert code == 0, err
    told = json.loads(out.splitlines()[-1])
    assert told["promotions"] >= 1, err
    assert told["first"] != told["champion"]
    sent = told["sent"]
    assert sent["sent"] == sent["delivered"] == sent["with_truth"] == 650 - 60
    first = next(point for point in told["turning_points"] if point["happening"]["kind"] == "promoted")
    assert first["before"]["rows"] > 0
    assert first["after"] is None or first["after"]["rows"] > 0  # None: it came with the last rows
    assert "promoted digits@2" in err
    worth = told["worth"]
    assert (worth["metric"], worth["rows"], worth["first"]) == ("accuracy", 590, "digits@1")
    assert worth["gain"]["value"] == pytest.approx(worth["served"]["value"] - worth["frozen"]["value"])
    assert worth["gain"]["low"] < worth["gain"]["value"] < worth["gain"]["high"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_term_end_a_rehearsal_with_what_came_of_it(project, command, eventually, alive, number):
    words = (
        "digits.csv",
        "--target",
        "digit",
        "--loop",
        "loop.py",
        "--folder",
        "kept",
        "--outcome-delay",
        "1h",
        *QUICK[:-3],
    )
    running = command(project, "rehearse", *words, "--json")
    serving = project / "kept" / ".everloop" / "run" / "serving.json"
    eventually(lambda: running.process.poll() is not None or (serving.exists() and _captured(project)))
    pid = json.loads(serving.read_text())["pid"]
    running.process.send_signal(number)
    code, out, err = running.result(120)
    told = json.loads(out.splitlines()[-1])
    assert code == 130, err
    assert not told["is_whole"]
    assert told["sent"]["delivered"] == told["sent"]["with_truth"] + told["sent"]["truth_waiting"]
    assert not alive(pid)


def _captured(project) -> bool:
    return any(
        path.stat().st_size > 20_000 for path in (project / "kept" / ".everloop" / "capture").glob("*")
    )
