"""An imported model answers for a while, and then comes a table: which of the answers so far count for the gates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import everloop as el
from everloop.records.cycle import Cycle

ASKED = (
    60,
    60,
    60,
    89,
)  # rows a request; the last is what lies nearest to three tenths of all: it is held back
ANSWERED = sum(ASKED)


@dataclass
class Served:
    ws: el.Workspace
    table: pd.DataFrame  # rows from before the import
    imported: datetime


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame, fits_here: None) -> Iterator[Served]:
    """tumours@1 was imported, and has answered 269 rows, whose truths have come."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[serving]\nport = 0\nworkers = 1\n[training]\nmlflow = false\n")
    shuffled = rows.sample(frac=1, random_state=7)
    known, later = shuffled[:-ANSWERED], shuffled[-ANSWERED:]
    x = known.drop(columns="kind").to_numpy(np.float32)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, known["kind"])
    (folder / "model.onnx").write_bytes(to_onnx(model, x[:1]).SerializeToString())
    with el.open(folder) as ws:
        like = known.sample(50, random_state=1)
        version = ws.import_model(folder / "model.onnx", "tumours", target="kind", like=like)
        endpoint = version.deploy("tumours")
        for upto, count in zip(np.cumsum(ASKED), ASKED, strict=True):
            asked = later[upto - count : upto]
            answer = endpoint.predict(asked.drop(columns="kind"))
            endpoint.outcomes("kind", answer.ids, asked["kind"].tolist())
        yield Served(ws, known, version.record.created_at)


def _turn(served: Served, recipe: el.Recipe, data: str) -> Cycle:
    gates = [el.NoWorse(margin=0.3)]
    served.ws.declare(el.Loop("tumours", recipe=recipe, data=data, gates=gates, triggers=[]))
    return served.ws.loop("tumours").turn()


def test_a_table_without_a_word_leaves_no_answer_for_the_gates_and_they_say_why(
    served: Served, recipe: el.Recipe
) -> None:
    appended = served.ws.datasets["plain"].append(served.table)
    cycle = _turn(served, recipe, "plain")
    loop = served.ws.loop("tumours")
    says = (
        f"tumours@2 cannot be compared with tumours@1 yet: {ANSWERED} answers have their truth, but all were served "
        f"before {appended.created_at:%Y-%m-%d %H:%M:%S} UTC, up to which tumours@2 may have learned: dataset plain@1 "
        "was appended then. New answers will count; where the table's rows are older than that, append it as another "
        "dataset with `--until`"
    )
    assert (cycle.state, cycle.gated_rows) == ("judging", 0)
    assert cycle.reason.startswith(says)
    assert says in loop.next().says
    assert any(says in line for line in loop.why().newest)
    served.ws.endpoint("tumours").reject(reason="the table is older")
    assert loop.turn().state == "closed"


def test_what_is_said_then_helps_and_the_answers_since_count(served: Served, recipe: el.Recipe) -> None:
    served.ws.datasets["older"].append(served.table, until=served.imported)
    cycle = _turn(served, recipe, "older")
    assert (cycle.data, cycle.evaluate_from is not None) == (2, True)
    assert cycle.gated_rows == ASKED[-1]
    assert not cycle.reason.endswith("New answers will count.")


def test_an_old_table_of_yesterday_reaches_to_its_end(served: Served) -> None:
    version = served.ws.datasets["days"].append(served.table, until="2020-02-29")
    assert version.covers_until == datetime(2020, 2, 29, 23, 59, 59, 999_999, UTC)
