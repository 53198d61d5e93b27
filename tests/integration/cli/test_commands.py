"""The command line's tour, each command in this process through `main`, with its exit code and its output."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Up = Callable[[Path], AbstractContextManager[str]]
Shell = Any  # of conftest.py


@pytest.fixture(scope="module")
def sh(
    tmp_path_factory: pytest.TempPathFactory,
    rows: pd.DataFrame,
    shell_in: Callable[[Path], Shell],
    fits_here: None,
) -> Shell:
    """A project whose table has two versions, and whose model's first version is deployed."""
    shell = shell_in(tmp_path_factory.mktemp("project"))
    rows[:300].to_csv(shell.folder / "tumours.csv", index=False)
    rows[300:340].to_csv(shell.folder / "more.csv", index=False)
    made = shell("new", "tumours", "--data", "tumours.csv", "--target", "kind", "--json").value
    assert (made["task"], made["dataset"]["rows"]) == ("classification", 300)
    assert sorted(made["files"]) == [".gitignore", "everloop.toml", "loop.py"]
    assert shell("data", "append", "tumours", "more.csv", "--json").value["number"] == 2
    version = shell("train", "tumours", "--json").value
    assert (version["model"], version["number"], version["dataset_version"]) == ("tumours", 1, 2)
    assert shell("deploy", "tumours@1", "tumours", "--json").value["state"] == "champion"
    return shell


def test_the_tour_from_a_deployed_version_to_a_rollback(sh: Shell, up: Up) -> None:
    with up(sh.folder):
        assert "40 rows answered by champion" in sh("predict", "tumours", "more.csv", "--out", "got.csv").out
        got = pd.read_csv(sh.folder / "got.csv")
        truth = pd.read_csv(sh.folder / "more.csv")["kind"]
        pd.DataFrame({"id": got["id"], "kind": truth}).to_csv(sh.folder / "truth.csv", index=False)
        assert sh("outcomes", "tumours", "truth.csv", "--json").value == {
            "accepted": {"kind": 40},
            "not_counted": [],
            "ids": 40,
            "unknown_ids": 0,
            "left_out": [],
        }
        quality = sh("ledger", "tumours", "--json").value
        assert quality["estimate"]["value"] == pytest.approx((got["prediction"] == truth).mean())
        assert "it goes to its gates" in sh("train", "tumours", "--deploy").out
        sh("deploy", "tumours@2", "tumours", "--override", "a try")
        assert "tumours@1 answers at tumours again" in sh("rollback", "tumours", "--reason", "enough").out
        assert "1 worker;" in sh("status").out
    told = sh("events", "--json").value
    assert [e["reason"] for e in told if e["action"] == "roll_back"] == ["enough"]
    assert [e["sequence"] for e in told] == list(range(1, len(told) + 1))


def test_the_truth_comes_by_the_callers_own_ids_and_unknown_ones_are_told(sh: Shell, up: Up) -> None:
    more = pd.read_csv(sh.folder / "more.csv")
    own = more.assign(patient=[f"patient-{n}" for n in range(40)])
    own.to_csv(sh.folder / "own.csv", index=False)
    own[["patient", "kind"]].to_csv(sh.folder / "later.csv", index=False)
    strange = pd.DataFrame({"id": ["nobody", "nothing"], "kind": ["benign", "benign"]})
    strange.to_csv(sh.folder / "strange.csv", index=False)
    with up(sh.folder):
        before = sh("ledger", "tumours", "--json").value["counts"]
        sh("predict", "tumours", "own.csv", "--id", "patient", "--out", "answers.csv")
        answers = pd.read_csv(sh.folder / "answers.csv")
        assert list(answers["patient"]) == list(own["patient"])
        told = sh("outcomes", "tumours", "later.csv", "--id", "patient")
        assert (told.out, told.err) == ("40 outcomes `kind` taken; 40 of 40 ids are known.\n", "")
        lost = sh("outcomes", "tumours", "strange.csv")
        assert lost.out == "2 outcomes `kind` taken; 0 of 2 ids are known.\n"
        assert lost.err.startswith("everloop: warning: none of the 2 ids is one of a prediction of tumours")
        assert "--out answers.csv" in lost.err
        after = sh("ledger", "tumours", "--json").value["counts"]
    assert after["with_truth"] - before["with_truth"] == 40
    assert after["unknown"] - before["unknown"] == 2
    joined = sh("ledger", "tumours", "--out", "joined.parquet") and pd.read_parquet(
        sh.folder / "joined.parquet"
    )
    truth = joined.dropna(subset="caller_id").set_index("caller_id")["truth"]
    assert truth.to_dict() == dict(zip(own["patient"], own["kind"], strict=True))


def test_of_a_whole_table_the_truth_alone_is_sent_and_the_other_columns_are_named(sh: Shell, up: Up) -> None:
    whole = pd.read_csv(sh.folder / "more.csv").assign(patient=[f"whole-{n}" for n in range(40)])
    whole.to_csv(sh.folder / "whole.csv", index=False)
    whole[["patient"]].assign(stars=4, note="good").to_csv(sh.folder / "ratings.csv", index=False)
    others = [name for name in whole.columns if name not in {"patient", "kind"}]
    send = ("outcomes", "tumours", "whole.csv", "--id", "patient")
    with up(sh.folder):
        sh("predict", "tumours", "whole.csv", "--id", "patient")
        told = sh(*send)
        assert told.out == "40 outcomes `kind` taken; 40 of 40 ids are known.\n"
        assert told.err == (
            f"everloop: note: not sent: {', '.join(f'`{name}`' for name in others)}. "
            "Send one with --only COLUMN, each of them with --all.\n"
        )
        assert sh(*send, "--json").value["left_out"] == others
        assert sh(*send, "--only", others[0], "--json").value["accepted"] == {others[0]: 40}
        assert set(sh(*send, "--all", "--json").value["accepted"]) == {"kind", *others}
        rated = sh("outcomes", "tumours", "ratings.csv", "--id", "patient", "--json").value
        assert (rated["accepted"], rated["left_out"]) == ({"stars": 40, "note": 40}, [])
    assert "exclude each other" in sh.refused(*send, "--only", "kind", "--all")


def test_outcomes_that_do_not_count_are_told_by_the_rows_of_the_file(sh: Shell, up: Up) -> None:
    ids = [f"unsure-{n}" for n in range(5)]
    kinds = [None, "benign", "nonsense", None, "nonsense"]
    pd.DataFrame({"id": ids, "kind": kinds}).to_csv(sh.folder / "unsure.csv", index=False)
    with up(sh.folder):
        told = sh("outcomes", "tumours", "unsure.csv").err
    assert "2 outcomes `kind` do not count as truth: " in told
    assert "(rows 3, 5)" in told


def test_a_value_that_does_not_fit_is_told_by_its_line_and_column(sh: Shell, up: Up) -> None:
    more = pd.read_csv(sh.folder / "more.csv")
    column = more.columns[0]
    for name, value in (("text", "many"), ("empty", None)):
        bad = more.astype({column: object})
        bad.loc[30, column] = value  # line 1 names the columns
        bad.to_csv(sh.folder / f"{name}.csv", index=False)
    with up(sh.folder):
        said = sh.refused("predict", "tumours", "text.csv")
        assert f"Column '{column}', row 31 (line 32 of text.csv): 'many' is no number." in said
        said = sh("predict", "tumours", "empty.csv").err
        assert f"row 31 (line 32 of empty.csv), column '{column}': " in said
        assert "no column 'nix'" in sh.refused("predict", "tumours", "more.csv", "--id", "nix")
        assert "--id says which column" in sh.refused("outcomes", "tumours", "more.csv")


def test_what_was_answered_before_a_refused_row_is_kept_and_the_rest_can_follow(sh: Shell, up: Up) -> None:
    more = pd.read_csv(sh.folder / "more.csv")
    column = more.columns[0]
    halfway = more.assign(patient=[f"halfway-{n}" for n in range(40)])
    halfway.astype({column: object}).assign(
        **{column: [*more[column][:30], None, *more[column][31:]]}
    ).to_csv(sh.folder / "halfway.csv", index=False)
    predict = ("predict", "tumours", "halfway.csv", "--id", "patient")
    with up(sh.folder):
        ended = sh(*predict, "--out", "first.csv")
        assert (ended.code, ended.out) == (1, "25 rows answered by champion. Wrote first.csv.\n")
        assert ended.err.startswith("everloop: 25 of 40 rows are answered, in first.csv; row 31 (line 32 of ")
        assert ended.err.endswith("the same command with --from-row 25 and another --out FILE.\n")
        assert "... and 15 more" in sh(*predict).out
        assert len(json.loads(sh(*predict, "--json").out)["ids"]) == 25
        halfway.to_csv(sh.folder / "halfway.csv", index=False)
        sh(*predict, "--from-row", "25", "--out", "rest.csv")
    both = pd.concat([pd.read_csv(sh.folder / name) for name in ("first.csv", "rest.csv")])
    assert list(both["patient"]) == list(halfway["patient"])
    assert both["id"].is_unique


def test_a_difference_of_versions_counts_the_rows(sh: Shell) -> None:
    assert "300 -> 340 rows (+40)" in sh("data", "diff", "tumours", "1", "2").out


def test_every_list_is_valid_json_and_readable_text(sh: Shell) -> None:
    for words in (["status"], ["models"], ["runs"], ["events"], ["data", "list"], ["data", "log", "tumours"]):
        assert sh(*words, "--json").value
        assert "tumours" in sh(*words).out


def test_a_second_project_in_the_same_folder_is_refused(sh: Shell) -> None:
    error = sh.refused("new", "other", "--data", "tumours.csv", "--target", "kind")
    assert "is a project already" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], "no workspace here"),
        (["train", "churn"], "no workspace here"),
        (["new", "churn", "--data", "absent.csv", "--target", "x"], "absent.csv"),
        (["new", "../churn", "--data", "absent.csv", "--target", "x"], "cannot be a model"),
    ],
)
def test_where_there_is_nothing_one_line_says_so_and_nothing_is_made(
    empty: Shell, words: list[str], said: str
) -> None:
    assert said in empty.refused(*words)
    assert list(empty.folder.iterdir()) == []


def test_a_target_that_is_not_there_makes_nothing(empty: Shell, sh: Shell) -> None:
    error = empty.refused("new", "x", "--data", str(sh.folder / "tumours.csv"), "--target", "kimd")
    assert "kimd" in error
    assert list(empty.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("x,y\n", "columns and no rows"),
        ("x,y\n1,no\n", "1 of 1 rows"),
        ("x,y\n" + "1,no\n" * 50, "is no in every row"),
        ("x,x,y\n" + "1,2,no\n1,2,yes\n" * 50, "both named 'x'"),
        ("x,y\n" + "1,\n" * 50, "0 of 50 rows"),
        ("x,y\n" + "".join(f"{n},id-{n}\n" for n in range(50)), "they are no classes"),
    ],
)
def test_a_table_that_teaches_nothing_makes_nothing(empty: Shell, table: str, said: str) -> None:
    (empty.folder / "table.csv").write_text(table)
    assert said in empty.refused("new", "x", "--data", "table.csv", "--target", "y", "--folder", "made")
    assert [path.name for path in empty.folder.iterdir()] == ["table.csv"]


def test_a_table_without_a_target_or_the_other_way_round_makes_nothing(empty: Shell) -> None:
    for words in (("--data", "table.csv"), ("--target", "y")):
        assert "go together" in empty.refused("new", "x", *words)
    assert list(empty.folder.iterdir()) == []


def test_a_project_without_a_table_says_how_to_go_on_and_takes_a_table_later(empty: Shell, sh: Shell) -> None:
    made = empty("new", "tumours")
    assert sorted(path.name for path in empty.folder.iterdir()) == [".gitignore", "everloop.toml"]
    for command in ("import PATH", "watch tumours", "train tumours"):
        assert f"everloop {command}" in made.out
    assert "is a project already" in empty.refused("new", "tumours")
    table = ("--data", str(sh.folder / "tumours.csv"), "--target", "kind")
    assert empty("new", "tumours", *table, "--json").value["files"] == ["loop.py"]
    assert "is a project already" in empty.refused("new", "other", *table)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "TABLE", "--target", "kind", "--until", "2999-01-01"], "lies in the future"),
        (["--data", "TABLE", "--target", "kind", "--until", "2020-01-01T10:00"], "has no time zone"),
        (["--data", "TABLE", "--target", "kind", "--until", ""], "is no moment"),
        (["--data", "TABLE", "--target", "kind", "--until", "0206-03-31"], "lies before 1970"),
        (["--until", "2020-01-01"], "Give --data FILE too"),
    ],
)
def test_a_table_that_cannot_reach_so_far_makes_nothing(
    empty: Shell, sh: Shell, words: list[str], said: str
) -> None:
    table = str(sh.folder / "tumours.csv")
    assert said in empty.refused("new", "tumours", *(table if word == "TABLE" else word for word in words))
    assert list(empty.folder.iterdir()) == []


def test_how_far_a_table_reaches_is_said_with_it_and_shown(empty: Shell, sh: Shell) -> None:
    table = str(sh.folder / "tumours.csv")
    made = empty("new", "tumours", "--data", table, "--target", "kind", "--until", "2020-06-30", "--json")
    assert made.value["dataset"]["until"] == "2020-06-30T23:59:59.999999Z"
    append = ("data", "append", "tumours", table, "--until")
    assert empty(*append, "2020-07-01T12:00+02:00").out.endswith(
        "It reaches until 2020-07-01 10:00:00 UTC.\n"
    )
    earlier = empty(*append, "2019-01-01").out
    assert earlier.endswith("It reaches until 2020-07-01 10:00:00 UTC, as far as a version before it.\n")
    assert "yesterday" in empty.refused(*append, "yesterday")
    log = empty("data", "log", "tumours").out
    assert [line.count("2020-07-01 10:00") for line in log.splitlines()] == [0, 0, 1, 1]


def test_a_new_project_says_how_far_its_table_reaches(empty: Shell, sh: Shell) -> None:
    made = empty(
        "new",
        "tumours",
        "--data",
        str(sh.folder / "tumours.csv"),
        "--target",
        "kind",
        "--until",
        "2020-06-30",
    )
    assert made.out.splitlines()[0].endswith(" rows. It reaches until 2020-06-30 23:59:59 UTC.")


@pytest.mark.parametrize("words", [[], ["--until", "2020-06-30"]])
def test_an_append_of_no_rows_says_that_nothing_was_added(empty: Shell, words: list[str]) -> None:
    (empty.folder / "shop.csv").write_text("age,paid\n1,2\n3,4\n")
    (empty.folder / "none.csv").write_text("age,paid\n")
    empty("new", "shop")
    empty("data", "append", "shop", "shop.csv")
    append = ("data", "append", "shop", "none.csv", *words)
    assert empty(*append).out == "No rows: dataset shop@1 stays as it is.\n"
    version = empty(*append, "--json").value
    assert (version["number"], version["rows"]) == (1, 2)


def test_a_folder_that_cannot_be_made_is_one_line(empty: Shell) -> None:
    (empty.folder / "file").write_text("")
    assert "file cannot be written" in empty.refused("new", "x", "--folder", "file")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["deploy", "tumours@99", "tumours"], "no model version tumours@99"),
        (["deploy", "tumours", "tumours"], "NAME@NUMBER"),
        (["rollback", "nobody"], "no endpoint 'nobody'"),
        (["predict", "tumours", "more.csv"], "everloop up"),
        (["train", "nothing"], "no recipe 'nothing'"),
        (["data", "log", "nothing"], "no dataset 'nothing'"),
        (["data", "append", "tumours", "loop.py"], "loop.py"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(sh: Shell, words: list[str], said: str) -> None:
    assert said in sh.refused(*words)


def test_with_json_an_error_is_json_too(sh: Shell) -> None:
    ended = sh("rollback", "nobody", "--json")
    assert (ended.code, json.loads(ended.err)["error"]["code"]) == (1, "not-found")


def test_a_misspelt_setting_names_the_right_one(empty: Shell) -> None:
    (empty.folder / "everloop.toml").write_text("[serving]\nprot = 1\n")
    ended = empty("status")
    assert ended.code == 2
    assert "`port`" in ended.err


def test_escapes_in_names_do_not_reach_the_screen(sh: Shell) -> None:
    ended = sh("rollback", "\x1b[2Jnobody\nx")
    assert ended.code == 1
    assert "\x1b" not in ended.err
    assert ended.err.count("\n") == 1


def test_a_suspect_version_is_marked_shown_and_cleared(sh: Shell) -> None:
    marked = sh("data", "suspect", "tumours@2", "--reason", "a broken machine", "--json").value
    assert (marked["number"], marked["suspect"]) == (2, "a broken machine")
    assert "suspect: a broken machine" in sh("data", "log", "tumours").out
    assert "is sound" in sh("data", "suspect", "tumours@2", "--clear").out
    assert "suspect" not in sh("data", "log", "tumours").out


def test_a_mark_without_a_reason_and_a_refit_without_a_version_are_one_line(sh: Shell) -> None:
    assert "for a reason" in sh.refused("data", "suspect", "tumours@2")
    assert "takes no reason" in sh.refused("data", "suspect", "tumours@2", "--clear", "--reason", "why")
    assert "no version 9" in sh.refused("data", "suspect", "tumours@9", "--reason", "why")
    assert "no model version nothing@1" in sh.refused("refit", "nothing")
    assert "no model version tumours@7" in sh.refused("refit", "tumours@7")
