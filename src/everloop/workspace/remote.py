"""Operations sent to a control plane over HTTP."""

import re
from typing import TYPE_CHECKING, Any

import msgspec

from everloop import errors
from everloop.actions.operation import A, Operation, Q
from everloop.errors import EverloopError, Unreachable

if TYPE_CHECKING:
    import pyarrow as pa

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"


class RemoteClient:
    """The operations of the workspace behind `url`, with the rights of `token`."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 600.0) -> None:
        import httpx  # 60 ms, only where there is a control plane to talk to

        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout_s, connect=5.0),
            trust_env=False,
        )

    def call(self, operation: Operation[Q, A], request: Q, *, key: str, table: "pa.Table | None" = None) -> A:
        """Send one operation and read its answer.

        Raises Unreachable when no answer comes, and the error that the other side reports as it would be raised here.
        """
        import httpx

        path, query, body = _parts(operation, request)
        headers = {"Idempotency-Key": key} if operation.method == "POST" else {}
        content: bytes | None = None
        if operation.takes == "rows":
            headers["Content-Type"], content = ARROW, arrow_bytes(table)
            query, body = {name: value for name, value in body.items() if value is not None}, {}
        elif operation.method == "POST":
            headers["Content-Type"], content = JSON, msgspec.json.encode(body)
        try:
            answer = self._http.request(
                operation.method, path, params=query, headers=headers, content=content
            )
        except httpx.HTTPError as error:
            raise Unreachable(
                f"{self.url} does not answer: {error}.",
                remedy="Look whether `everloop up` runs there, and which control address it prints.",
            ) from error
        if answer.status_code >= 400:
            raise _raised(answer.content, answer.status_code)
        if operation.gives == "rows":
            return arrow_table(answer.content)  # type: ignore[return-value]
        assert operation.response is not None
        return msgspec.json.decode(answer.content, type=operation.response)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def arrow_bytes(table: "pa.Table | None") -> bytes:
    """A table as an Arrow IPC stream."""
    import pyarrow as pa  # 0.2 s, and most operations carry no rows

    if table is None:
        raise errors.InvalidRequest("This operation takes rows.")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def arrow_table(data: bytes) -> "pa.Table":
    """The table in an Arrow IPC stream; raises InvalidData for anything else."""
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets that point outside their buffers would crash whoever reads them
        return table
    except (pa.ArrowInvalid, OSError) as error:
        raise errors.InvalidData(f"This is not an Arrow IPC stream: {error}.") from error


def _parts(operation: Operation[Q, A], request: Q) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The path filled in, the query of a GET, and the body's fields of a POST."""
    from urllib.parse import quote

    fields: dict[str, Any] = msgspec.to_builtins(request)
    path = re.sub(r"\{(\w+)\}", lambda m: quote(str(fields.pop(m[1])), safe=""), operation.path)
    if operation.method == "GET":
        return path, {name: value for name, value in fields.items() if value is not None}, {}
    return path, {}, fields


_KINDS = {
    kind("").code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, EverloopError)
}
_BY_STATUS = {401: errors.Denied, 403: errors.Denied, 404: errors.NotFound}


def _raised(content: bytes, status: int) -> EverloopError:
    """The error that a problem document (RFC 9457) reports."""
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unreachable(f"The server answered {status} without a reason.")
    kind = _KINDS.get(str(problem.get("code", "")), _BY_STATUS.get(status, EverloopError))
    return kind(
        str(problem.get("message") or problem.get("detail") or ""), remedy=str(problem.get("remedy") or "")
    )
