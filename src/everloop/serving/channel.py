"""One JSON object a line over a socket: how supervisor and worker talk."""

import socket

import msgspec

from everloop.errors import InvalidRequest

LONGEST_LINE = 1 << 20  # bytes; a longer one is not ours


class RefusedBundle(msgspec.Struct, frozen=True):
    """A bundle that a worker did not let in, and why."""

    bundle: str
    endpoint: str
    reason: str


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a worker says; one of the three is there."""

    ready: int | None = None  # every bundle of this route table is loaded and warmed
    table: int | None = None  # it has moved to this one
    refused: RefusedBundle | None = None


class Channel:
    """One end of the socket pair. Reads never wait."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._rest = b""
        end.setblocking(False)

    def receive(self) -> list[Message] | None:
        """The whole messages that have arrived; None once the other end is gone.

        Raises InvalidRequest for bytes that are no message.
        """
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            return None
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise InvalidRequest("A worker sent a line without an end.")
        return [_decoded(line) for line in lines if line]

    def close(self) -> None:
        """Let the other end see the end of file."""
        self.socket.close()


def encode(message: Message) -> bytes:
    """The message as one line."""
    return msgspec.json.encode(message) + b"\n"


_DECODER = msgspec.json.Decoder(Message)


def _decoded(line: bytes) -> Message:
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"A worker sent {line[:80]!r}: {error}.") from error
