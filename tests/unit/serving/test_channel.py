import socket

import pytest

from everloop.errors import InvalidRequest
from everloop.serving.channel import LONGEST_LINE, Channel, Message, RefusedBundle, encode


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_nothing_said_is_not_the_end(ends):
    channel, _ = ends
    assert channel.receive() == []


def test_messages_arrive_in_order_however_they_are_cut(ends):
    channel, other = ends
    said = [
        Message(ready=1),
        Message(refused=RefusedBundle(bundle="b", endpoint="churn", reason="torn\nin two")),
        Message(table=2),
    ]
    data = b"".join(map(encode, said))
    heard = []
    for byte in range(len(data)):
        other.sendall(data[byte : byte + 1])
        heard += channel.receive()
    assert heard == said


def test_the_end_of_the_other_side_is_none(ends):
    channel, other = ends
    other.close()
    assert channel.receive() is None


@pytest.mark.parametrize(
    "line", [b"ready\n", b'{"ready": "yes"}\n', b"[]\n", b"\xff\n", b'{"ready": 1} {"table": 2}\n']
)
def test_what_is_no_message_is_named(ends, line):
    channel, other = ends
    other.sendall(line)
    with pytest.raises(InvalidRequest, match="A worker sent"):
        channel.receive()


def test_a_line_without_an_end_does_not_fill_the_memory(ends):
    channel, other = ends
    with pytest.raises(InvalidRequest, match="without an end"):
        for _ in range(LONGEST_LINE // 65536 + 2):
            other.sendall(b"x" * 65536)
            channel.receive()
