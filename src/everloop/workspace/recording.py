"""Answers that were given elsewhere, as a person holds them, to the records that keep them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from everloop.errors import InvalidRequest
from everloop.records.signature import Label
from everloop.workspace.instances import instances_for

if TYPE_CHECKING:
    from everloop.datasets.accept import Rows


def records_of(
    kinds: Mapping[str, str],
    inputs: "Rows | Mapping[str, Any]",
    outputs: Sequence[Label] | Label,
    ids: Sequence[str],
    probabilities: Sequence[Sequence[float]],
) -> list[dict[str, Any]]:
    """One record a row; one row alone may come as a dictionary. Raises InvalidRequest where the lengths differ."""
    if isinstance(inputs, Mapping):
        inputs, outputs = [{name: _plain(value) for name, value in inputs.items()}], [outputs]  # type: ignore[list-item]
        ids = [ids] if isinstance(ids, str) and ids else ids
    if isinstance(outputs, str) or not isinstance(outputs, Iterable) or (isinstance(ids, str) and ids):
        raise InvalidRequest("Several rows have several answers.", remedy="Give lists of them, and of ids.")
    instances = instances_for(dict(kinds), inputs)
    answers = [_plain(each) for each in outputs]
    given: dict[str, Sequence[Any]] = {"instances": instances, "predictions": answers}
    if len(ids):
        given["ids"] = [str(each) for each in ids]
    if len(probabilities):
        given["probabilities"] = [[float(chance) for chance in row] for row in probabilities]
    for member, values in given.items():
        if len(values) != len(instances):
            raise InvalidRequest(f"There are {len(instances)} rows and {len(values)} {member}.")
    return [{member: values[place] for member, values in given.items()} for place in range(len(instances))]


def _plain(value: Any) -> Any:  # noqa: ANN401 - of NumPy, or plain
    plain: Any = value.item() if hasattr(value, "item") else value
    return plain
