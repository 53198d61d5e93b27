"""A real project behind a real `everloop up`, and a real browser that looks at its page."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import everloop as el

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL = (
    "install one (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium make test-browser"
)
COMMAND = (sys.executable, "-c", "from everloop.cli.app import main; main()")


def pytest_configure(config: pytest.Config) -> None:
    """Connections that `everloop up` has closed while we were looking elsewhere are no fault of the page's."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


def browser_program() -> str | None:
    named = os.environ.get("CHROMIUM", "")
    return named or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def tumours() -> pd.DataFrame:
    found = load_breast_cancer(as_frame=True)
    rows = found.data.iloc[:, :5].rename(columns=lambda name: name.replace(" ", "_"))
    return rows.assign(kind=found.target.map({0: "malignant", 1: "benign"}))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Site:
    """A project with one endpoint, `tumours`, whose loop asks before it acts; and somebody who sends it rows."""

    folder: Path
    variables: dict[str, str]
    process: "subprocess.Popen[str] | None" = None
    sent: int = 0
    opened: "el.Workspace | None" = None
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def workspace(self) -> el.Workspace:
        if self.opened is None:
            self.opened = el.open(self.folder, create=False)
        return self.opened

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "up"],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Ctrl-C") or "Ctrl-C stops" in line:
                return
        raise AssertionError("`everloop up` ended early")

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def link(self) -> str:
        told = subprocess.run(
            [*COMMAND, "page", "--json"], cwd=self.folder, env={**os.environ, **self.variables},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        url: str = json.loads(told.stdout)["url"]
        return url

    @contextlib.contextmanager
    def traffic(self) -> Iterator[None]:
        """Rows, each with its truth, for as long as the block lasts."""
        self._ended.clear()
        sender = threading.Thread(target=self._send)
        sender.start()
        try:
            yield
        finally:
            self._ended.set()
            sender.join()

    def _send(self) -> None:
        rows = tumours()
        with el.open(self.folder, create=False) as workspace:
            endpoint = workspace.endpoint("tumours")
            while not self._ended.wait(0.05):
                some = rows.sample(8, random_state=self.sent)
                answer = endpoint.predict(some.drop(columns="kind"))
                endpoint.outcomes("kind", answer.ids, some["kind"].tolist())
                self.sent += len(some)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    recipe = el.Recipe(LogisticRegression(max_iter=500), target=el.Target("kind"), seed=7)
    with el.open(folder) as workspace:
        workspace.datasets["tumours"].append(tumours().head(200))
        first, second = (workspace.train("tumours", recipe, progress=lambda line: None) for _ in range(2))
        first.deploy("tumours")
        second.deploy("tumours", override="so that there is something to go back to")
        workspace.declare(
            el.Loop(
                "tumours",
                recipe=recipe,
                mode="propose",
                gates=[el.NoWorse(margin=0.5)],
                rollout=el.Canary(steps=(0.2, 0.5), bake="10m", max_wait="1h", margin=0.5, min_answers=5),
                triggers=[el.AfterOutcomes(80)],
                cool_down="0s",
            )
        )
    ports = {"EVERLOOP_SERVING_PORT": str(free_port()), "EVERLOOP_CONTROL_PORT": str(free_port())}
    made = Site(folder, {**ports, "EVERLOOP_SERVING_WORKERS": "1", "EVERLOOP_TRAINING_MLFLOW": "false"})
    made.start()
    yield made
    if made.opened is not None:
        made.opened.close()
    if made.process is not None and made.process.poll() is None:
        made.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; skips, saying how to get one, where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not there: make test-browser")
    program = browser_program()
    if program is None:
        pytest.skip(f"NO BROWSER WAS FOUND, THE PAGE IS NOT TESTED: {INSTALL}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visit:
    """One page in the browser, and everything that it complained of or asked of others."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self) -> None:
        self.page.on("console", lambda m: self._complain(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._complain(str(error)))
        self.page.on("dialog", lambda dialog: (self._complain(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))

    def until(self, expression: str) -> None:
        """Wait until an expression holds. From outside: inside, the page's own policy forbids to evaluate texts."""
        deadline = time.monotonic() + 60
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"it did not come to pass: {expression}"
            self.page.wait_for_timeout(50)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)


@pytest.fixture
def visit(chromium: Any, site: Site) -> Iterator[Any]:
    """Opens the page as its owner would; at the end nothing may have gone wrong in any of them."""
    opened: list[tuple[Any, Visit]] = []

    def open_page(**options: Any) -> Visit:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        made = Visit(context.new_page())
        made.page.set_default_timeout(120_000)
        opened.append((context, made))
        made.watch()
        made.page.goto(site.link())
        made.page.wait_for_url("**/page/tumours")
        return made

    yield open_page
    own = {f"127.0.0.1:{site.variables['EVERLOOP_CONTROL_PORT']}"}
    found = [(made.complaints, made.hosts) for _, made in opened]
    for context, _ in opened:
        context.close()
    for complaints, hosts in found:
        assert complaints == []
        assert hosts <= own
