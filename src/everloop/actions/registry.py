"""Every operation there is, in one list: REST API, commands and Python handles offer these and no others."""

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.deploy import Deployed, DeployRequest, deploy
from everloop.actions.finish_run import FinishRunRequest, finish_run
from everloop.actions.import_model import ImportRequest, import_model
from everloop.actions.mark_suspect import MarkSuspectRequest, mark_suspect
from everloop.actions.mark_tracked import MarkTrackedRequest, mark_tracked
from everloop.actions.operation import Operation
from everloop.actions.operations import cycles, loops, monitors, outside
from everloop.actions.queries import datasets, endpoints, events, ledger, models, quality_history
from everloop.actions.queries import status as status_query
from everloop.actions.refit import RefitRequest, refit
from everloop.actions.roll_back import RollBackRequest, RolledBack, roll_back
from everloop.actions.start_run import StartRunRequest, start_run
from everloop.datasets.figures import ColumnProfile, DatasetDiff
from everloop.records.dataset import DatasetVersion
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion
from everloop.records.run import Run

APPEND = Operation(
    name="append_rows",
    method="POST",
    path="/datasets/{dataset}/rows",
    request=AppendRequest,
    response=DatasetVersion,
    run=append_rows,
    summary="Add rows to a dataset; the first append makes it.",
    takes="rows",
)
MARK_SUSPECT = Operation(
    name="mark_suspect",
    method="POST",
    path="/datasets/{dataset}/versions/{version}/suspect",
    request=MarkSuspectRequest,
    response=DatasetVersion,
    run=mark_suspect,
    summary="Mark a dataset version suspect, so that no model learns from what it added, or clear it.",
)
START_RUN = Operation(
    name="start_run",
    method="POST",
    path="/models/{model}/runs",
    request=StartRunRequest,
    response=Run,
    run=start_run,
    summary="Train a recipe on a dataset version, in a process of its own.",
)
REFIT = Operation(
    name="refit",
    method="POST",
    path="/models/{model}/refit",
    request=RefitRequest,
    response=Run,
    run=refit,
    summary="Fit the recipe of a version again, on newer data.",
)
IMPORT_MODEL = Operation(
    name="import_model",
    method="POST",
    path="/models/{model}/import",
    request=ImportRequest,
    response=Run,
    run=import_model,
    summary="Make a version of a model that was trained elsewhere, read in a process of its own.",
    takes="rows",
)
FINISH_RUN = Operation(
    name="finish_run",
    method="POST",
    path="/runs/{run}/finish",
    request=FinishRunRequest,
    response=Run,
    run=finish_run,
    summary="End a run with its model version, or with the reason why there is none.",
)
MARK_TRACKED = Operation(
    name="mark_tracked",
    method="POST",
    path="/runs/{run}/tracking",
    request=MarkTrackedRequest,
    response=Run,
    run=mark_tracked,
    summary="Record the MLflow run that mirrors a run.",
)
DEPLOY = Operation(
    name="deploy",
    method="POST",
    path="/endpoints/{endpoint}/deploy",
    request=DeployRequest,
    response=Deployed,
    run=deploy,
    summary="Put a version behind an endpoint: at once where it is empty, else as a proposal.",
)
ROLL_BACK = Operation(
    name="roll_back",
    method="POST",
    path="/endpoints/{endpoint}/rollback",
    request=RollBackRequest,
    response=RolledBack,
    run=roll_back,
    summary="End a rollout that is under way, or give an endpoint back to the version that answered before.",
)

STATUS = Operation(
    name="status",
    method="GET",
    path="/status",
    request=status_query.StatusQuery,
    response=status_query.Status,
    run=status_query.status,
    summary="What there is, what serves, and how well it answers.",
)
SERVING = Operation(
    name="serving",
    method="GET",
    path="/serving",
    request=status_query.ServingQuery,
    response=status_query.Plane,
    run=status_query.plane,
    summary="The data plane: where it answers, and how its workers are.",
)
DATASETS = Operation(
    name="datasets",
    method="GET",
    path="/datasets",
    request=datasets.DatasetsQuery,
    response=tuple[datasets.DatasetSummary, ...],
    run=datasets.list_datasets,
    summary="Every dataset with its newest version.",
)
DATASET_LOG = Operation(
    name="dataset_log",
    method="GET",
    path="/datasets/{dataset}/log",
    request=datasets.DatasetQuery,
    response=tuple[DatasetVersion, ...],
    run=datasets.log,
    summary="Every version of a dataset.",
)
DATASET_DIFF = Operation(
    name="dataset_diff",
    method="GET",
    path="/datasets/{dataset}/diff",
    request=datasets.DiffQuery,
    response=DatasetDiff,
    run=datasets.diff,
    summary="What changed between two versions of a dataset.",
)
DATASET_ROWS = Operation(
    name="dataset_rows",
    method="GET",
    path="/datasets/{dataset}/rows",
    request=datasets.ReadQuery,
    run=datasets.read,
    summary="The rows of a dataset at a version.",
    gives="rows",
)
DATASET_PROFILE = Operation(
    name="dataset_profile",
    method="GET",
    path="/datasets/{dataset}/profile",
    request=datasets.ReadQuery,
    response=tuple[ColumnProfile, ...],
    run=datasets.profile,
    summary="Every column of a dataset in figures.",
)
MODELS = Operation(
    name="models",
    method="GET",
    path="/models",
    request=models.ModelsQuery,
    response=tuple[ModelVersion, ...],
    run=models.list_versions,
    summary="Model versions with their lineage and scores.",
)
VERSION = Operation(
    name="version",
    method="GET",
    path="/models/{model}/versions/{version}",
    request=models.VersionQuery,
    response=ModelVersion,
    run=models.show_version,
    summary="One model version.",
)
RUNS = Operation(
    name="runs",
    method="GET",
    path="/runs",
    request=models.RunsQuery,
    response=tuple[Run, ...],
    run=models.list_runs,
    summary="The newest runs.",
)
RUN = Operation(
    name="run",
    method="GET",
    path="/runs/{run}",
    request=models.RunQuery,
    response=Run,
    run=models.show_run,
    summary="One run.",
)
RUN_LOG = Operation(
    name="run_log",
    method="GET",
    path="/runs/{run}/log",
    request=models.LogQuery,
    response=models.LogPart,
    run=models.read_log,
    summary="A run's log from a byte on.",
)
ENDPOINTS = Operation(
    name="endpoints",
    method="GET",
    path="/endpoints",
    request=endpoints.EndpointsQuery,
    response=tuple[endpoints.EndpointStatus, ...],
    run=endpoints.list_endpoints,
    summary="Every endpoint with its champion and what waits.",
)
ENDPOINT = Operation(
    name="endpoint",
    method="GET",
    path="/endpoints/{endpoint}",
    request=endpoints.EndpointQuery,
    response=endpoints.EndpointStatus,
    run=endpoints.show_endpoint,
    summary="One endpoint.",
)
PREDICTIONS = Operation(
    name="predictions",
    method="GET",
    path="/endpoints/{endpoint}/predictions",
    request=ledger.PredictionsQuery,
    run=ledger.predictions,
    summary="Every captured answer of an endpoint, or every row of its shadows.",
    gives="rows",
)
OUTCOMES = Operation(
    name="outcomes",
    method="GET",
    path="/endpoints/{endpoint}/outcomes",
    request=ledger.LedgerQuery,
    run=ledger.outcomes,
    summary="Every outcome that came back, with its revision.",
    gives="rows",
)
UNKNOWN_IDS = Operation(
    name="unknown_ids",
    method="POST",
    path="/endpoints/{endpoint}/unknown-ids",
    request=ledger.UnknownIdsQuery,
    response=tuple[str, ...],
    run=ledger.unknown_ids,
    summary="Which of some ids, ours or callers' own, no prediction has.",
)
JOINED = Operation(
    name="joined",
    method="GET",
    path="/endpoints/{endpoint}/joined",
    request=ledger.LedgerQuery,
    run=ledger.joined,
    summary="Predictions with their outcomes, their maturity and the truth.",
    gives="rows",
)
QUALITY = Operation(
    name="quality",
    method="GET",
    path="/endpoints/{endpoint}/quality",
    request=ledger.QualityQuery,
    response=ledger.Quality,
    run=ledger.quality,
    summary="The quality on mature rows, with its interval.",
)
QUALITY_HISTORY = Operation(
    name="quality_history",
    method="GET",
    path="/endpoints/{endpoint}/quality/history",
    request=quality_history.QualityHistoryQuery,
    response=quality_history.QualityHistory,
    run=quality_history.quality_history,
    summary="How good the answers were, window by window, each with its interval.",
)
EVENTS = Operation(
    name="events",
    method="GET",
    path="/events",
    request=events.EventsQuery,
    response=tuple[Event, ...],
    run=events.list_events,
    summary="Who did what, when and why.",
)

ACTIONS = (
    APPEND,
    MARK_SUSPECT,
    START_RUN,
    REFIT,
    IMPORT_MODEL,
    FINISH_RUN,
    MARK_TRACKED,
    DEPLOY,
    ROLL_BACK,
    *loops.ACTIONS,
    *cycles.ACTIONS,
    *monitors.ACTIONS,
    *outside.ACTIONS,
)
QUERIES = (
    STATUS,
    SERVING,
    DATASETS,
    DATASET_LOG,
    DATASET_DIFF,
    DATASET_ROWS,
    DATASET_PROFILE,
    MODELS,
    VERSION,
    RUNS,
    RUN,
    RUN_LOG,
    ENDPOINTS,
    ENDPOINT,
    PREDICTIONS,
    OUTCOMES,
    UNKNOWN_IDS,
    JOINED,
    QUALITY,
    QUALITY_HISTORY,
    EVENTS,
    *loops.QUERIES,
    *cycles.QUERIES,
    *monitors.QUERIES,
)
OPERATIONS = (*ACTIONS, *QUERIES)
