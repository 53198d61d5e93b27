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
