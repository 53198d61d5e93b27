"""What every policy is: frozen numbers, a stable code, and a verdict that can be come to again."""

from dataclasses import asdict
from math import isfinite
from typing import Any, ClassVar, Protocol

from everloop.records.verdict import Verdict

Inputs = dict[str, float | int | str]


class Policy(Protocol):
    """A frozen dataclass whose fields are numbers, and whose `judge` answers a Verdict with `inputs` for `replay`."""

    code: ClassVar[str]

    @classmethod
    def again(cls, verdict: Verdict) -> Verdict:
        """The verdict from the inputs that are kept in another: equal to it, or the code or the record has changed."""
        ...


def settings_of(policy: Any) -> Inputs:  # noqa: ANN401 - any of the dataclasses here
    """The policy's own numbers, as a verdict keeps them."""
    return {f"policy.{name}": value for name, value in asdict(policy).items()}


def with_settings(kind: type[Any], inputs: Inputs) -> Any:  # noqa: ANN401 - one of `kind`
    """The policy of this kind with the numbers that were kept."""
    return kind(
        **{name.removeprefix("policy."): v for name, v in inputs.items() if name.startswith("policy.")}
    )


def finite(value: float | None) -> float | None:
    """A number that a record can keep; None for infinity and NaN."""
    return None if value is None or not isfinite(value) else float(value)
