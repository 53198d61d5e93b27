"""A model version as a person holds it."""

from typing import TYPE_CHECKING

from everloop.actions.deploy import Deployed, DeployRequest
from everloop.actions.registry import DEPLOY
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.workspace.endpoint import Endpoint

if TYPE_CHECKING:
    from everloop.workspace.progress import Progress
    from everloop.workspace.workspace import Workspace


class Version:
    """An immutable model version. `record` is all that is known of it."""

    def __init__(self, workspace: "Workspace", record: ModelVersion) -> None:
        self.record = record
        self._workspace = workspace

    @property
    def metrics(self) -> dict[str, float]:
        """Its scores on the rows kept from its fit."""
        return self.record.metrics

    def deploy(self, endpoint: str, *, override: str = "") -> Endpoint:
        """Put it behind an endpoint, and wait until it is live and warmed.

        On an endpoint where another version answers it becomes a proposal; `override`, a reason, skips that.
        Where nothing serves this workspace yet, a data plane is started for as long as this process lives.
        """
        deployed = self.place(endpoint, override=override)
        self._workspace.serve()
        self._workspace.wait_until_served(deployed.route_table, self.record.bundle)
        return Endpoint(self._workspace, endpoint)

    def refit(
        self,
        *,
        dataset: str = "",
        dataset_version: int | None = None,
        window: int | None = None,
        progress: "Progress | None" = None,
    ) -> "Version":
        """Fit this version's recipe again, by default on the newest data; see `Workspace.refit`."""
        return self._workspace.refit(
            self.record.model,
            self.record.number,
            dataset=dataset,
            dataset_version=dataset_version,
            window=window,
            progress=progress,
        )

    def place(self, endpoint: str, *, override: str = "") -> Deployed:
        """Put it behind an endpoint; where a data plane runs, wait until its workers follow."""
        request = DeployRequest(
            endpoint=endpoint, model=self.record.model, version=self.record.number, override=override
        )
        deployed = self._workspace.client.call(DEPLOY, request, key=new_id("key"))
        self._workspace.wait_until_served(deployed.route_table, self.record.bundle)
        return deployed

    def __str__(self) -> str:
        return str(self.record)

    def __repr__(self) -> str:
        scores = ", ".join(f"{name}={value:.4g}" for name, value in self.metrics.items())
        return f"<{self.record} {scores}>"

    def _repr_html_(self) -> str:
        return self.record._repr_html_()
