"""The way in without moving house: a scikit-learn model behind a plain HTTP server, a proxy before it, outcomes, and a
loop that says what it would have done."""

import http.client
import http.server
import json
import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import everloop as el
from everloop.errors import Conflict
from everloop.stores.layout import FOLDER, Layout
from everloop.testing.running_proxy import RunningProxy

SETTINGS = "[serving]\nport = 0\nworkers = 1\n[control]\nport = 0\n[training]\nmlflow = false\n"
COLUMNS = ("mean_radius", "mean_texture", "mean_smoothness", "mean_concavity")


def frame() -> pd.DataFrame:
    data = load_breast_cancer(as_frame=True).frame
    data.columns = [name.replace(" ", "_") for name in data.columns]
    named = data[list(COLUMNS)].assign(finding=np.where(data.target == 1, "benign", "malignant"))
    return named.sample(frac=1, random_state=0).reset_index(drop=True)


@pytest.fixture
def server() -> Iterator[int]:
    """A model that somebody else serves, and that has seen too little; its port."""
    rows = frame().iloc[:40]
    model = DecisionTreeClassifier(max_depth=1, random_state=0).fit(rows[["mean_texture"]], rows.finding)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write an answer

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = model.predict(pd.DataFrame(body["rows"])[["mean_texture"]])
            answer = json.dumps({"findings": found.tolist()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving.daemon_threads = True
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield serving.server_port
    serving.shutdown()
    thread.join()
    serving.server_close()


def test_a_model_that_is_served_elsewhere_is_watched_and_what_would_be_better_is_said(
    tmp_path, server, fits_here
):
    data = frame()
    (tmp_path / "everloop.toml").write_text(SETTINGS, encoding="utf-8")
    with el.open(tmp_path) as workspace:
        workspace.datasets["biopsies"].append(data[:120])
        workspace.watch("biopsies", "finding")
        proxy = RunningProxy(
            Layout(tmp_path / FOLDER),
            f"http://127.0.0.1:{server}",
            *("--inputs", "rows", "--outputs", "findings"),
            endpoint="biopsies",
        )
        try:
            ids = through(proxy.port, data[120:])
        finally:
            assert proxy.end() == 143
        workspace.serve()
        biopsies = workspace.endpoint("biopsies")
        biopsies.outcomes("finding", ids, list(data[120:].finding))
        recipe = el.Recipe(make_pipeline(StandardScaler(), LogisticRegression()), target="finding")
        workspace.declare(el.Loop("biopsies", recipe=recipe, mode="act"))
        cycle = workspace.loop("biopsies").turn()

        assert cycle.ending == "observed"
        assert "biopsies@2 would have begun a rollout" in cycle.reason
        assert "answers served after both were trained" in cycle.reason
        assert biopsies.status().champion == "biopsies@1"
        quality = workspace.ledger("biopsies").quality()
        assert quality.counts.predictions == len(ids)
        assert biopsies.monitor().champion == "biopsies@1"
        with pytest.raises(Conflict, match="served elsewhere"):
            workspace.version("biopsies@2").place("biopsies")
        assert any("would have begun a rollout" in line for line in workspace.loop("biopsies").why().lines())


def through(port: int, rows: pd.DataFrame) -> list[str]:
    """Ask for each row, as callers do that know nothing of Everloop; answers the ids."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    ids = []
    for row in rows[list(COLUMNS)].to_dict("records"):
        connection.request(
            "POST", "/diagnose", json.dumps({"rows": [row]}), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        assert json.loads(answer.read())["findings"][0] in ("benign", "malignant")
        ids.append(answer.headers["x-everloop-id"])
    connection.close()
    return ids
