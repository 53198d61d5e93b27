"""A workspace as a person holds it: datasets, models, endpoints, ledgers, events. A line a method."""

from pathlib import Path
from typing import TYPE_CHECKING

from everloop.actions.declare_loop import Declared
from everloop.actions.operations.loops import DECLARE_LOOP, LOOPS
from everloop.actions.operations.monitors import ALERTS
from everloop.actions.operations.outside import WATCH
from everloop.actions.queries.endpoints import EndpointsQuery, EndpointStatus
from everloop.actions.queries.events import EventsQuery
from everloop.actions.queries.loops import LoopsQuery, LoopStatus
from everloop.actions.queries.models import ModelsQuery, RunsQuery, VersionQuery
from everloop.actions.queries.monitors import AlertsQuery
from everloop.actions.queries.status import Status, StatusQuery
from everloop.actions.refit import RefitRequest
from everloop.actions.registry import ENDPOINTS, EVENTS, MODELS, RUNS, STATUS, VERSION
from everloop.actions.watch_endpoint import Watching
from everloop.clock import SystemClock
from everloop.records.alert import Alert
from everloop.records.event import Event
from everloop.records.names import checked_name, new_id, parse_version
from everloop.records.run import Run
from everloop.shown.markup import Markup
from everloop.stores.layout import FOLDER, Layout
from everloop.stores.workspace_clock import clock_in_use
from everloop.workspace import listings
from everloop.workspace.data_plane import DataPlane
from everloop.workspace.dataset import Dataset, Datasets
from everloop.workspace.endpoint import Endpoint
from everloop.workspace.importing import bring_in
from everloop.workspace.ledger import LedgerView
from everloop.workspace.local import LocalClient
from everloop.workspace.loop_handle import LoopHandle
from everloop.workspace.plane import Plane, wait_until_served
from everloop.workspace.progress import Progress
from everloop.workspace.seen import seen
from everloop.workspace.training import refit, train
from everloop.workspace.version import Version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from everloop.clock import Clock
    from everloop.datasets.accept import Rows
    from everloop.loop.declared import Loop
    from everloop.records.signature import Label
    from everloop.training.recipe import Recipe
    from everloop.training.target import Target
    from everloop.workspace.client import Client
    from everloop.workspace.watching import Task


class Workspace:
    """One project's facts and bytes, here or on another machine. Made by `open` and `connect`."""

    def __init__(self, client: "Client", plane: Plane, folder: Path | None = None) -> None:
        self.client = client
        self.folder = folder  # the project's; None where it is on another machine
        self._plane = plane
        self._requests: DataPlane | None = None

    @property
    def datasets(self) -> Datasets:
        """The datasets, by name; a name that is not there yet is made by its first append."""
        return Datasets(self.client)

    def dataset(self, name: str) -> Dataset:
        """One dataset."""
        return self.datasets[name]

    def train(
        self,
        model: str,
        recipe: "Recipe",
        *,
        dataset: str = "",
        dataset_version: int | None = None,
        progress: Progress | None = None,
    ) -> Version:
        """Fit `recipe` on a dataset (by default the one named like the model) and register the version.

        Runs in a process of its own; `progress` gets the lines of its log as they come, by default they are printed
        where someone watches. Raises RecipeRefused or TrainingFailed with the reason.
        """
        record = train(
            self.client,
            model,
            recipe,
            dataset=dataset,
            dataset_version=dataset_version,
            folder=self.folder,
            progress=progress,
        )
        return Version(self, record)

    def refit(
        self,
        model: str,
        version: int | None = None,
        *,
        dataset: str = "",
        dataset_version: int | None = None,
        window: int | None = None,
        progress: Progress | None = None,
    ) -> Version:
        """Fit a version's recipe again, by default on the newest data of its dataset, and register what comes of it.

        Without `version` it is the one that answers at the endpoint named like the model, else the newest. `window`:
        on the newest so many rows. What suspect dataset versions added is left out. Raises RecipeRefused for a
        version whose estimator was not kept, TrainingFailed with the reason.
        """
        request = RefitRequest(
            model=model, version=version, dataset=dataset, dataset_version=dataset_version, window=window
        )
        return Version(self, refit(self.client, request, progress))

    def import_model(
        self,
        path: Path | str,
        model: str,
        *,
        target: str,
        like: "Rows | None" = None,
        classes: "Sequence[object]" = (),
        features: "Sequence[str]" = (),
        output: str = "",
        logits: bool = False,
        note: str = "",
        progress: Progress | None = None,
    ) -> Version:
        """Register a model that was trained elsewhere: an ONNX, skops or LightGBM text file, or an MLflow folder.

        `target` is what its truth is called. `like` are rows like those that it takes: a dataset's name, a CSV or
        Parquet path, or a table; they give columns their names, order, types and categories, and it is proven on them
        that the version answers as the file does. `classes` and `features` name classes and columns in the model's
        order, `output` one of several outputs of a graph, and `logits` says that its numbers are not probabilities
        yet. What is not asked for, the file says itself. Raises BundleRefused or InvalidRequest with what to do.
        """
        record = bring_in(
            self.client,
            path,
            model,
            target=target,
            like=like,
            classes=classes,
            features=features,
            output=output,
            logits=logits,
            note=note,
            progress=progress,
        )
        return Version(self, record)

    def version(self, reference: str) -> Version:
        """The version that `reference`, such as churn@1, names; raises NotFound."""
        model, number = parse_version(reference)
        return Version(self, self.client.call(VERSION, VersionQuery(model=model, version=number), key=""))

    def versions(self, model: str = "") -> tuple[Version, ...]:
        """Every version of a model, or of all models."""
        found = self.client.call(MODELS, ModelsQuery(model=model), key="")
        return listings.models(Version(self, record) for record in found)

    def runs(self, model: str = "", *, newest: int = 50) -> tuple[Run, ...]:
        """The newest runs, the oldest of them first."""
        found = self.client.call(RUNS, RunsQuery(model=model, newest=newest), key="")
        return listings.runs(found)

    def endpoint(self, name: str) -> Endpoint:
        """One endpoint."""
        return Endpoint(self, checked_name(name, "endpoint"))

    def watch(
        self,
        endpoint: str,
        target: "str | Target",
        *,
        data: str = "",
        task: "Task" = "auto",
        classes: "Sequence[Label]" = (),
        exclude: "Sequence[str]" = (),
    ) -> Watching:
        """Declare an endpoint whose model is served elsewhere, with the inputs and the target of a dataset.

        Its answers are recorded by `endpoint.record` or `everloop proxy`; the dataset is by default the one of its
        name. Declaring the same again changes nothing. Raises RecipeRefused for a target that cannot be one.
        """
        from everloop.workspace.watching import watch_request

        request = watch_request(endpoint, target, data=data, task=task, classes=classes, exclude=exclude)
        watching = self.client.call(WATCH, request, key=new_id("key"))
        self.wait_until_served(watching.route_table)
        return watching

    def endpoints(self) -> tuple[EndpointStatus, ...]:
        """Every endpoint with its champion and what waits."""
        found = self.client.call(ENDPOINTS, EndpointsQuery(), key="")
        return listings.endpoints(found)

    def declare(self, loop: "Loop") -> Declared:
        """Let `loop` turn as declared from now on; declaring the same again changes nothing.

        Raises InvalidRequest or RecipeRefused with the field and the remedy, Conflict where another loop has the
        endpoint.
        """
        from everloop.workspace.declaring import declaration

        request = declaration(loop, project=self.folder)
        return self.client.call(DECLARE_LOOP, request, key=new_id("key"))

    def loop(self, name: str) -> LoopHandle:
        """One loop, by its own name or its endpoint's."""
        return LoopHandle(self.client, checked_name(name, "loop"))

    def loops(self) -> tuple[LoopStatus, ...]:
        """Every loop at a glance."""
        found = self.client.call(LOOPS, LoopsQuery(), key="")
        return listings.loops(found)

    def is_turned(self) -> bool:
        """Whether a control plane runs, which turns the loops."""
        return not isinstance(self.client, LocalClient) or self.client.has_control_plane()

    def ledger(self, endpoint: str) -> LedgerView:
        """What an endpoint answered, and what came back."""
        return LedgerView(self.client, checked_name(endpoint, "endpoint"))

    def alerts(self, endpoint: str = "", *, closed: bool = False) -> tuple[Alert, ...]:
        """What has moved at an endpoint, or at any, the most harmful first; with `closed` also what came back."""
        return listings.alerts(
            self.client.call(ALERTS, AlertsQuery(endpoint=endpoint, closed=closed), key="")
        )

    def events(self, *, newest: int = 50, subject: str = "", action: str = "") -> tuple[Event, ...]:
        """Who did what, when and why; the newest last."""
        return listings.events(
            self.client.call(EVENTS, EventsQuery(newest=newest, subject=subject, action=action), key="")
        )

    def status(self) -> Status:
        """Everything at a glance."""
        return self.client.call(STATUS, StatusQuery(), key="")

    @property
    def data_plane(self) -> DataPlane:
        """Where predictions are asked for; raises Unreachable where nothing serves."""
        url = self._plane.url()
        if self._requests is None or self._requests.url != url:
            self._requests = DataPlane(url)
        return self._requests

    def serve(self) -> str:
        """Make sure that a data plane serves this workspace, and answer its URL.

        Where none does, one is started for as long as this process lives.
        """
        return self._plane.start()

    def is_served(self) -> bool:
        """Whether a data plane serves this workspace now."""
        return self._plane.status() is not None

    def wait_until_served(self, route_table: int, bundle: str = "") -> None:
        """Wait until every worker answers from this route table or a later one; at once where nothing serves.

        Raises BundleRefused if a worker did not let `bundle` in, Unreachable after a minute.
        """
        wait_until_served(self._plane, route_table, bundle)

    @property
    def clock(self) -> "Clock":
        """The platform's time, as facts are recorded in it: faster than the machine's where that is declared.

        Of a workspace on another machine it is this machine's.
        """
        if self.folder is None:
            return SystemClock()
        return clock_in_use(Layout(self.folder / FOLDER))

    def close(self) -> None:
        """Close connections, and stop the data plane that `serve` started."""
        if self._requests is not None:
            self._requests.close()
        self._plane.stop()
        self.client.close()

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder) if self.folder else 'of another machine'!r})"

    def _repr_html_(self) -> str:
        return seen("Workspace", lambda: Markup(self.status()._repr_html_()))

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.close()
