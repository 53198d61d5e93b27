"""From an endpoint that is served elsewhere, as a person declares it, to the request that declares it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from everloop.actions.watch_endpoint import WatchRequest
from everloop.errors import InvalidRequest
from everloop.records.names import checked_name
from everloop.records.signature import Label
from everloop.records.target import TargetRule

if TYPE_CHECKING:
    from everloop.training.target import Target

Task = Literal["auto", "classification", "regression"]


def watch_request(
    endpoint: str,
    target: "str | Target",
    *,
    data: str,
    task: Task,
    classes: Sequence[Label],
    exclude: Sequence[str],
) -> WatchRequest:
    """The request; raises InvalidName for a name that is none, InvalidRequest for another task."""
    if task not in ("auto", "classification", "regression"):
        raise InvalidRequest(f"task={task!r}: it is `auto`, `classification` or `regression`.")
    return WatchRequest(
        endpoint=checked_name(endpoint, "endpoint"),
        dataset=checked_name(data or endpoint, "dataset"),
        target=TargetRule(outcome=target) if isinstance(target, str) else target.rule(),
        task=None if task == "auto" else task,
        classes=tuple(classes),
        exclude=tuple(exclude),
    )
