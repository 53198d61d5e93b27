"""A loop from its declaration to the report of a turn, by its commands, without a control plane."""

import json
import re
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Shell = Any  # of conftest.py

LOOP = """
import everloop as el
from sklearn.linear_model import LogisticRegression

loop = el.Loop(
    "tumours",
    recipe=el.Recipe(LogisticRegression(max_iter=500), target=el.Target("kind"), seed=7),
    mode="propose",
    gates=[el.NoWorse(margin=0.05), el.BeatsBaseline()],
    rollout=el.AllAtOnce(bake="1s", margin=0.05),
    triggers=[el.AfterOutcomes(50)],
)
"""


@pytest.fixture(scope="module")
def sh(
    tmp_path_factory: pytest.TempPathFactory,
    rows: pd.DataFrame,
    shell_in: Callable[[Path], Shell],
    fits_here: None,
) -> Shell:
    """A project with a loop; two versions were trained, the first of them answers."""
    shell = shell_in(tmp_path_factory.mktemp("project"))
    rows[:150].to_csv(shell.folder / "tumours.csv", index=False)
    shell("new", "tumours", "--data", "tumours.csv", "--target", "kind")
    (shell.folder / "loop.py").write_text(LOOP)
    return shell


@pytest.fixture(scope="module")
def turned(sh: Shell) -> Any:
    """What the first turn said: nothing is new."""
    before = sh("next")
    assert "nothing answers here yet: `everloop train tumours`" in before.out
    assert before.err == (
        "Loop tumours is declared: propose, 2 gates, all at once (100%, bake 1 s), 1 recipe, 1 trigger.\n"
    )
    trained = sh("train", "tumours", "--deploy")
    assert trained.code == 0
    assert "declared" not in trained.err
    assert trained.out.endswith("tumours@1 answers at tumours. Next: everloop up\n")
    return sh("turn", "--reason", "a try")


def test_a_declaration_is_told_once(sh: Shell, turned: Any) -> None:
    assert sh("declare").out == "Loop tumours is declared so already.\n"
    assert sh("declare", "--json").value[0]["changed"] is False


def test_a_turn_follows_its_cycle_to_the_end(sh: Shell, turned: Any) -> None:
    assert turned.code == 0
    said = turned.out.splitlines()
    assert said[0] == "Cycle tumours.1 is open."
    assert "opened: a try" in said
    assert any(re.fullmatch(r"  run_\w+  \S+ Done in .*", line) for line in said)
    assert "Cycle tumours.1 nothing new: " in turned.out
    assert "nothing changed" in turned.out
    assert said[-1] == "Next: everloop report tumours --cycle 1"


def test_the_report_is_markdown(sh: Shell, turned: Any) -> None:
    assert sh("report").out.startswith("# Cycle tumours.1")
    assert sh("report", "--out", "report.md").out == "Wrote report.md.\n"
    assert (sh.folder / "report.md").read_text().startswith("# Cycle tumours.1")
    assert sh("report", "--json").value["cycle"] == "tumours.1"


def test_why_tells_the_story_and_who_turns_the_loops(sh: Shell, turned: Any) -> None:
    told = sh("why", "tumours").out
    assert "because a try (manual, " in told
    assert "Cycle tumours.1 ended nothing new (propose, 2 gates" in told
    assert told.endswith("Nothing turns the loops now: `everloop up` does.\n")
    assert sh("why", "--json").value["champion"] == "tumours@1"


def test_next_tells_what_each_trigger_waits_for_and_a_turn_by_hand_cools_nothing_down(
    sh: Shell, turned: Any
) -> None:
    assert "  waits  outcomes: 0 of 50 new mature outcomes" in sh("next").out
    assert sh("next", "--json").value["triggers"][0]["fires"] is False
    assert sh("loops", "--json").value[0]["state"] == "watching"


def test_cycles_are_listed_with_cause_and_ending(sh: Shell, turned: Any) -> None:
    assert re.search(r"^tumours\.1 .* manual +tumours@1 +- +nothing new ", sh("cycles").out, re.MULTILINE)
    assert sh("cycles", "--json").value[0]["ending"] == "nothing_new"


def test_a_loop_is_paused_and_goes_on(sh: Shell, turned: Any) -> None:
    assert "`everloop resume tumours`" in sh("pause", "--reason", "holiday").out
    assert "paused: holiday" in sh("loops").out
    assert "nothing turns: it is paused: holiday" in sh("next").out
    assert sh("resume").out == "Loop tumours turns again.\n"
    assert sh("loops", "--json").value[0]["state"] == "watching"


def test_a_proposal_goes_to_its_gates_and_is_rejected(sh: Shell, turned: Any) -> None:
    version = sh("models", "tumours", "--json").value[-1]["number"]
    proposed = sh("propose", f"tumours@{version}", "--reason", "again")
    assert "is proposed at tumours: cycle tumours.2 takes it to its gates." in proposed.out
    assert proposed.out.endswith("Next: everloop turn tumours\n")
    status = sh("status")
    assert re.search(rf"tumours +propose +judging +tumours\.2 +tumours@{version} ", status.out)
    assert sh("deploy", f"tumours@{version}", "tumours").out.endswith("already; nothing was done.\n")
    assert "was approved already" in sh("approve").out  # by who proposed it
    rejected = sh("reject", "tumours", "--reason", "no need")
    assert rejected.out == "Cycle tumours.2 is ended; tumours@1 answers at tumours.\n"
    gone_on = sh("turn").out
    assert "Cycle tumours.2 is open already: going on with it." in gone_on
    assert "Cycle tumours.2 refused" in gone_on
    assert sh("cycles", "--json").value[-1]["reason"].endswith(": no need")


def test_what_loop_py_says_now_is_declared_by_the_next_command(sh: Shell, turned: Any) -> None:
    (sh.folder / "loop.py").write_text(LOOP.replace("margin=0.05", "margin=0.04", 1))
    assert sh("loops").err.startswith("Loop tumours is declared: propose, 2 gates")
    assert sh("loops").err == ""
    told = json.loads(sh("events", "--json").out)
    assert [e["action"] for e in told if e["subject"] == "loop:tumours"] == ["declare_loop"] * 2


def test_a_broken_loop_py_stops_what_needs_it_and_nothing_else(sh: Shell, turned: Any) -> None:
    sound = (sh.folder / "loop.py").read_text()
    try:
        (sh.folder / "loop.py").write_text("loop = el.Loop()")
        looked = sh("next")
        assert looked.code == 0
        assert looked.err.startswith("everloop: note: the loops stay as they were declared: ")
        assert looked.err.count("\n") == 1
        assert "does not run: NameError" in sh.refused("turn")
        assert "does not run: NameError" in sh.refused("train", "tumours")
    finally:
        (sh.folder / "loop.py").write_text(sound)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["next", "nobody"], "no endpoint or loop 'nobody'. Known: tumours."),
        (["why", "nobody"], "no endpoint or loop 'nobody'"),
        (["turn", "nobody"], "no loop 'nobody'. Known: tumours."),
        (["pause", "nobody"], "no loop 'nobody'"),
        (["approve", "nobody"], "no endpoint 'nobody'"),
        (["approve", "tumours", "--candidate", "tumours@9"], "No cycle is open at 'tumours'"),
        (["reject"], "No cycle is open at 'tumours'. See `everloop why tumours`."),
        (["propose", "tumours@1"], "tumours@1 answers at 'tumours' already"),
        (["propose", "tumours@77"], "no model version tumours@77"),
        (["propose", "tumours"], "NAME@NUMBER"),
        (["report", "--cycle", "99"], "no cycle 99 of 'tumours'"),
        (["cycles", "nobody"], "no endpoint or loop 'nobody'"),
        (["train", "tumours", "--recipe", "trees"], "no recipe 'trees'"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(
    sh: Shell, turned: Any, words: list[str], said: str
) -> None:
    assert said in sh.refused(*words)


def test_where_nothing_is_yet_a_command_says_what_to_make(empty: Shell) -> None:
    (empty.folder / "everloop.toml").write_text("")
    assert "There is no endpoint yet. Make one: `everloop deploy MODEL@1 NAME`." in empty.refused("why")
    assert empty("loops").out.startswith("No loops yet: declare one in loop.py")


def test_a_new_projects_figures_fit_its_table_and_its_target(empty: Shell) -> None:
    table = pd.DataFrame({"distance": range(200), "minutes": [n * 3.0 + n % 7 for n in range(200)]})
    table.to_csv(empty.folder / "taxi.csv", index=False)
    empty("new", "taxi", "--data", "taxi.csv", "--target", "minutes")
    spread = table["minutes"].std()
    text = (empty.folder / "loop.py").read_text()
    margin = float(re.search(r"NoWorse\(margin=([\d.e+]+)\)", text)[1])
    truths = int(re.search(r"AfterOutcomes\((\d+)\)", text)[1])
    assert margin == pytest.approx(spread / 2 / sqrt(0.3 * truths), rel=0.05)
    assert f"margin={margin:g},\n    ),\n" in text, "the rollout's"
    assert empty("declare").out.startswith("Loop taxi is declared: propose, 2 gates, canary (10%, 50%")
