"""The whole loop over past data: a project of its own whose time runs fast, `everloop up` as a real child, a replay."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from everloop.errors import Conflict, Unreachable
from everloop.records.endpoint import VersionRef
from everloop.settings import FILE
from everloop.workspace.before_after import TurningPoint, turning_points
from everloop.workspace.happenings import Happening, Listener
from everloop.workspace.in_hand import InHand
from everloop.workspace.open import open
from everloop.workspace.project import project
from everloop.workspace.up_process import UpProcess

if TYPE_CHECKING:
    from types import TracebackType

    from everloop.datasets.accept import Rows
    from everloop.loop.declared import Loop
    from everloop.replay.sent import Sent
    from everloop.training.recipe import Recipe
    from everloop.workspace.endpoint import Endpoint
    from everloop.workspace.progress import Progress
    from everloop.workspace.rehearsal_worth import Scores
    from everloop.workspace.replaying import Replay
    from everloop.workspace.version import Version
    from everloop.workspace.workspace import Workspace

HEAR_S = 0.5  # between two questions what has happened
ASKING = 5.0  # times what it took to answer them: where that takes long, they are asked less often
STILL_S = 3.0  # without news a loop that has no job in hand rests
REST_S = 15.0  # for that: a fit that begins now has no rows left to prove itself on

TOML = """# A rehearsal: the platform's time runs {speed:g} times as fast as the machine's.
[project]
name = "{name}"

[clock]
speed = {speed}

[serving]
port = 0
workers = 1

[control]
port = 0
tick_s = 0.5
compact_every_s = 1.0

[training]
mlflow = false
"""


class Rehearsal:
    """Begin it with the rows to learn from, send others with a `replay`, and hear what the loop does meanwhile.

    Leaving its block stops all its processes; the folder stays, with everything in it.
    """

    def __init__(
        self, folder: Path, loop: "Loop", *, speed: float, heard: Callable[[Happening], None]
    ) -> None:
        """Make the project in `folder`; raises Conflict where there is one. `heard` is told what happens."""
        self.folder = folder
        self.loop = loop
        self.happenings: list[Happening] = []
        names = loop.names()
        self.name, self._endpoint = names["model"], names["endpoint"]
        self._data = names["dataset"]
        self._heard = heard
        self._begin_folder(speed)
        _, _, self._layout = project(folder, create=True)
        self.workspace: Workspace = open(folder)
        self._listener = Listener(self.workspace.client, self._endpoint)
        self._up: UpProcess | None = None
        self._asked = 0.0
        self._pause = HEAR_S
        self._rows = 0
        self._is_busy = False
        self._in_hand = InHand()

    @property
    def endpoint(self) -> "Endpoint":
        """The endpoint that is improved."""
        return self.workspace.endpoint(self._endpoint)

    def begin(self, rows: "Rows", *, recipe: "Recipe | None" = None, progress: "Progress") -> "Version":
        """Train on these rows, deploy, declare the loop, and start everything.

        recipe: by default the loop's only one. Raises what training raises, Unreachable where `up` does not come up.
        """
        self.workspace.datasets[self._data].append(rows, note="the first rows")
        chosen: Any = recipe or next(iter(self.loop.recipes().values()))
        version = self.workspace.train(self.name, chosen, dataset=self._data, progress=progress)
        version.place(self._endpoint)
        self.workspace.declare(self.loop)
        self._up = UpProcess(self.folder, self._layout)
        return version

    def replay(self, rows: "Rows", **how: Any) -> "Replay":  # noqa: ANN401 - see `Endpoint.replay`
        """A replay to the endpoint; `how` is what `Endpoint.replay` takes."""
        return self.endpoint.replay(rows, **how)

    def send(
        self,
        replay: "Replay",
        most: int | None = None,
        *,
        until: Callable[[], bool] = lambda: False,
        wait_for_jobs: bool = True,
        watch: "Callable[[Sent], None]" = lambda sent: None,
    ) -> "Sent":
        """A stretch of a replay: until `until` holds, at most so many rows. Meanwhile what happens is heard.

        While the loop has a job in hand, or is about to turn, nothing is sent: seconds of fitting would be hours of
        rows.
        """

        def look(sent: "Sent") -> None:
            self.hear(sent.sent)
            watch(sent)

        return replay.send(most, until=until, hold=lambda: wait_for_jobs and self.is_busy(), watch=look)

    def settle(
        self,
        replay: "Replay",
        *,
        within_s: float = 60.0,
        until: Callable[[], bool] = lambda: False,
        watch: "Callable[[Sent], None]" = lambda sent: None,
    ) -> "Sent":
        """Wait until every truth was sent, or so long, and then a little for what the loop makes of the last ones."""
        sent = replay.finish(within_s=within_s, watch=watch)
        still, deadline = time.monotonic(), time.monotonic() + REST_S
        while time.monotonic() < deadline and not until():
            if self.hear(sent.sent) or self.is_busy():
                still = time.monotonic()
            if time.monotonic() - still > STILL_S:
                break
            watch(sent)
            time.sleep(0.1)
        return sent

    def hear(self, after_rows: int | None = None) -> list[Happening]:
        """What happened since, after so many rows were sent; asked twice a second at most.

        Raises Unreachable where `up` has ended.
        """
        begun = time.monotonic()
        if begun - self._asked < self._pause:
            return []
        if self._up is not None and self._up.ended() is not None:
            raise Unreachable(f"`everloop up` has ended; see {self.folder / 'up.log'}.")
        self._rows = self._rows if after_rows is None else after_rows
        news = self._listener.news(self._rows)
        self._is_busy = self._in_hand.is_so(self.workspace.loop(self.loop.name).next(), now=begun)
        self._asked = time.monotonic()
        self._pause = max(HEAR_S, ASKING * (self._asked - begun))
        self.happenings += news
        for happening in news:
            self._heard(happening)
        return news

    def is_busy(self) -> bool:
        """Whether the loop has a job in hand, as it was seen last."""
        self.hear()
        return self._is_busy

    def scores(self, first: "Version") -> "Scores":
        """Of all rows that were answered: what was served, and the first version as if nothing had replaced it."""
        from everloop.bundles.door import open_bundle
        from everloop.workspace.rehearsal_worth import scores

        record = first.record
        bundle = open_bundle(self._layout.bundles, record.bundle)
        rows = self.workspace.ledger(self._endpoint).joined()
        return scores(rows, bundle, VersionRef(model=record.model, number=record.number))

    def turning_points(self, scores: "Scores", *, window: int = 500) -> tuple[TurningPoint, ...]:
        """Promotions, refusals, rollbacks and alerts, with the quality before and after each."""
        return turning_points(scores.rows, self.happenings, scores.metric.task, window=window)

    def picture(self, scores: "Scores", title: str, first: "Version") -> str:
        """Quality over time and what happened, as SVG."""
        from everloop.evaluation.picture.quality_picture import quality_picture
        from everloop.workspace.rehearsal_picture import rehearsal_scene

        return quality_picture(rehearsal_scene(scores, self.happenings, title=title, first=str(first)))

    def count(self, kind: str) -> int:
        """How often so much has happened: `promoted`, `refused`, `rolled back`, `alert`."""
        return sum(happening.kind == kind for happening in self.happenings)

    def alerts(self, monitor: str) -> int:
        """How often this monitor raised alerts: `drift`, `data`, `quality`."""
        return sum(h.kind == "alert" and monitor in h.monitors for h in self.happenings)

    def stop(self) -> None:
        """End the processes."""
        if self._up is not None:
            self._up.stop()
            self._up = None
        self.workspace.close()

    def _begin_folder(self, speed: float) -> None:
        path = self.folder / FILE
        if path.exists():
            raise Conflict(f"{self.folder} is a project already.", remedy="Rehearse in a folder of its own.")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(TOML.format(name=self.name, speed=float(speed)), encoding="utf-8")

    def __enter__(self) -> "Rehearsal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.stop()
