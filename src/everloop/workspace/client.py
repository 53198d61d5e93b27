"""Whatever can carry out an operation: this process, or a control plane."""

from typing import TYPE_CHECKING, Protocol

from everloop.actions.operation import A, Operation, Q

if TYPE_CHECKING:
    import pyarrow as pa


class Client(Protocol):
    """Carries out operations on one workspace."""

    def call(self, operation: Operation[Q, A], request: Q, *, key: str, table: "pa.Table | None" = None) -> A:
        """The operation's answer, of the type it declares. A repeated `key` acts once.

        Raises what the operation raises, WorkspaceBusy when the workspace cannot be had, Unreachable when its
        control plane does not answer.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
