"""The demo as a newcomer runs it: a real process, its story, and what it leaves behind."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest

import everloop as el
from everloop.datasets.folded import read_ids
from everloop.stores.file_blobs import FileBlobs

LONGEST_S = 570  # beside other tests, on a machine that is busy; alone it takes two minutes


@pytest.fixture
def told(tmp_path, command):
    """Run the demo with a seed; what it said, in its folder `kept`."""

    def run(seed):
        words = ("--seed", str(seed), "--json", "--picture", "demo.svg", "--folder", "kept")
        code, out, err = command(tmp_path, "demo", *words).result(LONGEST_S)
        assert code == 0, err
        found = json.loads(out.splitlines()[-1])
        _assert_the_story(found, err)
        return found

    return run


def _assert_the_story(told, err):
    assert told["promotions"] >= 2, err
    assert told["refusals"] >= 1, err
    assert told["rollbacks"] >= 1, err
    assert told["drift_raised_after"] <= 300, err
    assert told["delivered"] == told["captured_of_delivered"] > 900, err
    assert len(told["accuracy"]) >= 2, err
    for promotion in told["accuracy"]:
        assert promotion["before"]["high"] < promotion["after"]["low"], err


@pytest.mark.slow  # two minutes; `.ci/run` runs it each time
def test_the_demo_tells_its_story_and_judges_no_model_by_a_digit_that_it_learned_from(told, tmp_path):
    told(7)
    texts = "".join(ElementTree.parse(tmp_path / "demo.svg").getroot().itertext())
    for words in ("promoted", "refused by the gates", "rolled back", "Drift raised", "Scanner replaced"):
        assert words in texts
    with el.open(tmp_path / "kept", create=False) as workspace:
        _assert_that_every_digit_came_once(workspace)
        _assert_that_no_version_saw_what_it_learned(workspace, FileBlobs(tmp_path / "kept/.everloop/blobs"))


def _assert_that_every_digit_came_once(workspace):
    names = workspace.ledger("digits").predictions()["caller_id"].to_pylist()
    numbers = sorted(int(name.rpartition("-")[2]) for name in names)
    assert all(
        a < b for a, b in pairwise(numbers)
    )  # a row of the stream is one digit, and none is a row twice
    assert numbers[-1] < 1797 - 300


def _assert_that_no_version_saw_what_it_learned(workspace, blobs):
    """Whatever a version answered or shadowed is in none of the dataset versions that it was fitted on.

    The challenger with shuffled labels learned from a copy of the second one.
    """
    ledger, log = workspace.ledger("digits"), workspace.datasets["digits"].log()
    folded = {
        v.number: set(read_ids(blobs, v.predictions).to_pylist()) if v.predictions else set() for v in log
    }
    assert sum(map(len, folded.values())) == sum(v.added for v in log) - 300
    rows = [*ledger.predictions().to_pylist(), *ledger.shadows().to_pylist()]
    versions = [version.record for version in workspace.versions("digits")]
    assert len(versions) >= 5
    for version in versions:
        upto = version.dataset_version if version.dataset == "digits" else 2
        learned = set().union(*(ids for number, ids in folded.items() if number <= upto))
        seen = {row["id"] for row in rows if row["version"] == version.number}
        assert not learned & seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_seeds_tell_the_same_story(told, seed):
    told(seed)
