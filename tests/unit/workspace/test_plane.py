import pytest

from everloop.errors import Unreachable
from everloop.serving.status import ServingStatus
from everloop.workspace.plane import RemotePlane

STATUS = ServingStatus(pid=1, host="127.0.0.1", port=8080, state="serving")


class Told:
    """A control plane that tells one thing."""

    def call(self, operation: object, request: object, *, key: str, table: object = None) -> object:
        from everloop.actions.queries.status import Plane

        return Plane(serving=STATUS)

    def close(self) -> None:
        pass


def test_another_machine_s_loopback_is_not_asked_on_this_one() -> None:
    with pytest.raises(Unreachable, match="predict_url"):
        RemotePlane(Told(), "https://ops.example.org:8081").url()  # type: ignore[arg-type]


def test_an_address_that_was_given_is_used() -> None:
    plane = RemotePlane(Told(), "https://ops.example.org", "https://predict.example.org")  # type: ignore[arg-type]
    assert plane.url() == "https://predict.example.org"


def test_on_one_machine_its_loopback_is() -> None:
    assert RemotePlane(Told(), "http://localhost:8081").url() == "http://127.0.0.1:8080"  # type: ignore[arg-type]
