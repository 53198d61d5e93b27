"""An endpoint whose model somebody else serves: declared, and then one like the others but for its traffic."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.approve import ApproveRequest, approve
from everloop.actions.context import Context
from everloop.actions.cycles import known_open_cycle
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.ledger_surroundings import LedgerSurroundings
from everloop.actions.propose import ProposeRequest, propose
from everloop.actions.queries.endpoints import EndpointQuery, show_endpoint
from everloop.actions.queries.next_step import NextQuery, next_step
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.actions.watch_endpoint import Watching, WatchRequest, watch_endpoint
from everloop.bundles.door import open_bundle
from everloop.errors import BundleRefused, Conflict, NotFound, RecipeRefused, TrainingFailed
from everloop.records.codec import from_json
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable
from everloop.records.target import TargetRule
from everloop.testing.linear_bundle import linear_bundle, numbers

Again = Callable[[], Context]
ROWS = pa.table({"tenure": [1, 2, 3], "Contract": ["month", "year", "year"], "Churn": ["No", "Yes", "No"]})


@pytest.fixture(autouse=True)
def data(again: Again) -> None:
    append_rows(replace(again(), table=ROWS), AppendRequest(dataset="churn"))


def watched(context: Context, target: str = "Churn", **more: object) -> Watching:
    request = WatchRequest(endpoint="shop", dataset="churn", target=TargetRule(outcome=target), **more)
    return watch_endpoint(context, request)


def endpoint(context: Context) -> Endpoint:
    with context.metadata.transaction() as transaction:
        found = transaction.get(Endpoint, "shop")
    assert found is not None
    return found


def ours(context: Context) -> ModelVersion:
    """A version that is served here."""
    from everloop.registry.versions import register

    digest = linear_bundle(context.layout.bundles, numbers("tenure"), [[1], [0]], classes=("No", "Yes"))
    with context.metadata.transaction() as transaction:
        like = transaction.find(ModelVersion, model="shop")[0]
        return register(
            transaction, replace(like, bundle=digest, run="run_1", recipe="r", served_elsewhere=False)
        )


def test_its_signature_is_that_of_the_dataset(context: Context) -> None:
    signature = watched(context).signature
    assert [(c.name, c.kind, c.nullable) for c in signature.columns] == [
        ("tenure", "number", True),
        ("Contract", "category", True),
    ]
    assert (signature.task, signature.classes) == ("classification", ("No", "Yes"))


def test_it_has_a_champion_and_a_route_and_nothing_to_run(context: Context) -> None:
    watched(context)
    assert str(endpoint(context).champion) == str(endpoint(context).anchor) == "shop@1"
    table = from_json(RouteTable, (context.layout.routes / "current.json").read_bytes())
    route = table.route("shop")
    assert route is not None
    bundle = open_bundle(context.layout.bundles, route.variants[0].bundle)
    assert (bundle.manifest.runtime, bundle.manifest.files) == ("elsewhere", ())
    with pytest.raises(BundleRefused):
        bundle.runtime()


def test_its_status_says_that_it_is_served_elsewhere_until_we_move_in(context: Context, again: Again) -> None:
    watched(context)
    assert show_endpoint(again(), EndpointQuery(endpoint="shop")).who == "shop@1, served elsewhere"
    moved_in = DeployRequest(
        endpoint="shop", model="shop", version=ours(context).number, override="we move in"
    )
    deploy(again(), moved_in)
    assert show_endpoint(again(), EndpointQuery(endpoint="shop")).who == "shop@2"


def test_without_a_loop_the_next_thing_is_to_declare_one(context: Context, again: Again) -> None:
    watched(context)
    says = next_step(again(), NextQuery(endpoint="shop"), LedgerSurroundings()).says
    assert "declare a loop in loop.py, see docs/outside.md" in says
    assert "everloop propose" not in says


def test_declaring_it_again_changes_nothing(context: Context, again: Again) -> None:
    watched(context)
    assert watched(again()).changed is False
    assert endpoint(context).history == ()


def test_other_inputs_take_the_place_of_the_last_and_nothing_is_held_to_those(
    context: Context, again: Again
) -> None:
    watched(context)
    assert watched(again(), exclude=("Contract",)).version == 2
    assert str(endpoint(context).anchor) == "shop@2"


def test_classes_that_the_dataset_lacks_can_be_named(context: Context) -> None:
    assert watched(context, classes=("Maybe", "Yes")).signature.classes == ("No", "Yes", "Maybe")


def test_a_number_is_a_regression_where_that_is_said(context: Context) -> None:
    assert watched(context, "tenure", task="regression").signature.classes == ()


@pytest.mark.parametrize(
    ("target", "more", "error"),
    [
        ("gone", {}, RecipeRefused),
        ("Contract", {"task": "regression"}, TrainingFailed),
        ("tenure", {"classes": ("many",)}, RecipeRefused),
        ("Churn", {"exclude": ("tenure", "Contract")}, TrainingFailed),
        ("Churn", {"dataset_version": 9}, NotFound),
    ],
)
def test_what_cannot_be_watched_is_refused(
    context: Context, target: str, more: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        watched(context, target, **more)


def test_an_endpoint_that_answers_here_is_not_watched(context: Context, again: Again) -> None:
    watched(context)
    deploy(again(), DeployRequest(endpoint="here", model="shop", version=ours(context).number))
    request = WatchRequest(endpoint="here", dataset="churn", target=TargetRule(outcome="Churn"))
    with pytest.raises(Conflict, match="served here"):
        watch_endpoint(again(), request)


def test_no_candidate_is_deployed_where_the_traffic_is_not_ours(context: Context, again: Again) -> None:
    watched(context)
    request = DeployRequest(endpoint="shop", model="shop", version=ours(context).number)
    with pytest.raises(Conflict, match=r"served elsewhere.*--override"):
        deploy(again(), request)


def test_a_proposal_only_says_what_it_would_have_done_and_needs_no_approval(
    context: Context, again: Again
) -> None:
    watched(context)
    propose(again(), ProposeRequest(endpoint="shop", model="shop", version=ours(context).number))
    with context.metadata.transaction() as transaction:
        assert known_open_cycle(transaction, "shop").policy.mode == "observe"


def test_a_cycle_of_its_loop_cannot_be_approved(context: Context, again: Again) -> None:
    watched(context)
    propose(again(), ProposeRequest(endpoint="shop", model="shop", version=ours(context).number))
    with context.metadata.transaction() as transaction:
        transaction.replace(replace(known_open_cycle(transaction, "shop"), approved=None))
    with pytest.raises(Conflict, match="served elsewhere"):
        approve(again(), ApproveRequest(endpoint="shop"))


def test_whoever_moves_in_is_the_anchor_and_can_go_back(context: Context, again: Again) -> None:
    watched(context)
    number = ours(context).number
    deploy(again(), DeployRequest(endpoint="shop", model="shop", version=number, override="we move in"))
    assert show_endpoint(context, EndpointQuery(endpoint="shop")).champion == f"shop@{number}"
    assert str(endpoint(context).anchor) == f"shop@{number}"
    assert roll_back(again(), RollBackRequest(endpoint="shop")).champion == "shop@1"
    assert str(endpoint(context).anchor) == "shop@1"
