import pyarrow as pa
import pytest

from everloop.errors import InvalidData
from everloop.workspace.remote import arrow_bytes, arrow_table


def test_a_table_survives_the_journey() -> None:
    table = pa.table({"a": [1, None], "b": ["x", "ü"]})
    assert arrow_table(arrow_bytes(table)).equals(table)


def test_offsets_that_point_outside_their_buffer_are_refused() -> None:
    text = pa.array(["one", "two", "three"])
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 900_000, 6, 11)))
    broken = pa.Array.from_buffers(pa.string(), 3, [None, offsets, text.buffers()[2]])
    with pytest.raises(InvalidData, match="Arrow"):
        arrow_table(arrow_bytes(pa.table({"a": broken})))


@pytest.mark.parametrize("data", [b"", b"\x00" * 64, b"not arrow at all"])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidData, match="Arrow IPC stream"):
        arrow_table(data)


def test_what_is_not_given_is_not_sent_beside_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    from everloop.actions.import_model import ImportRequest
    from everloop.actions.registry import IMPORT_MODEL
    from everloop.errors import Unreachable
    from everloop.workspace.remote import RemoteClient

    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ConnectError("nobody")

    client = RemoteClient("http://127.0.0.1:1", "t")
    client._http = httpx.Client(transport=httpx.MockTransport(refuse), base_url="http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        client.call(IMPORT_MODEL, ImportRequest(model="m", target="y"), key="k", table=pa.table({"a": [1]}))
    assert sent[0].url.path == "/models/m/import"
    assert "dataset_version" not in sent[0].url.params
    assert sent[0].url.params["target"] == "y"
