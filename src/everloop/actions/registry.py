"""Every operation there is, in one list: the REST API, the commands and the Python handles offer these and no others."""

from everloop.actions.deploy import Deployed, DeployRequest, deploy
from everloop.actions.finish_run import FinishRunRequest, finish_run
from everloop.actions.operation import Operation
from everloop.actions.roll_back import RollBackRequest, RolledBack, roll_back
from everloop.records.run import Run

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
    summary="Give an endpoint back to the version that answered before.",
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

ACTIONS = (DEPLOY, ROLL_BACK, FINISH_RUN)
QUERIES = ()
OPERATIONS = (*ACTIONS, *QUERIES)
