import threading
from collections.abc import Callable

from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.publish import publish_newest, published_number
from everloop.records.model_version import ModelVersion


def test_of_many_threads_that_deploy_the_newest_table_stays_published(
    context: Context, versions: list[ModelVersion], again: Callable[[], Context]
) -> None:
    errors: list[Exception] = []

    def deploy_some(endpoint: str) -> None:
        try:
            for turn in range(15):
                number = turn % 3 + 1
                deploy(again(), DeployRequest(endpoint=endpoint, model="churn", version=number, override="x"))
        except Exception as error:  # told to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=deploy_some, args=(f"e{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert published_number(context.layout) == 60


def test_a_table_that_was_not_published_is_when_the_workspace_is_opened(
    context: Context, versions: list[ModelVersion]
) -> None:
    deploy(context, DeployRequest(endpoint="churn", model="churn", version=1))
    (context.layout.routes / "current.json").unlink()
    assert publish_newest(context.layout, context.metadata) == published_number(context.layout) == 1


def test_a_published_file_that_cannot_be_read_is_written_again(
    context: Context, versions: list[ModelVersion]
) -> None:
    deploy(context, DeployRequest(endpoint="churn", model="churn", version=1))
    (context.layout.routes / "current.json").write_bytes(b"{")
    publish_newest(context.layout, context.metadata)
    assert published_number(context.layout) == 1
