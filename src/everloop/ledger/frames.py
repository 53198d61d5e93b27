"""Frames: the bytes of a capture segment.

A frame is a mark (4 bytes), the payload's length and CRC32 (4 each, little endian), its kind (1), and the
payload in MessagePack. The CRC covers kind and payload. The mark lets a reader find the next frame behind
damaged bytes, so that a flipped bit costs one frame.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from zlib import crc32

import msgspec

MARK = b"\xe5\x0eL\x01"
HEAD = struct.Struct("<4sIIB")

_encoder = msgspec.msgpack.Encoder()


class Kind(IntEnum):
    """What a frame holds."""

    HEADER = 0
    CONTEXT = 1
    ANSWERS = 2
    OUTCOMES = 3
    END = 4


_SEEDS = tuple(crc32(bytes([kind])) for kind in Kind)


def to_frame(kind: Kind, payload: object) -> bytes:
    """One frame that holds `payload`."""
    data = _encoder.encode(payload)
    return HEAD.pack(MARK, len(data), crc32(data, _SEEDS[kind]), kind) + data


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame, its CRC right."""

    kind: int
    payload: memoryview
    end: int  # where the next one begins


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes that are no frame. `torn`: the file ends inside a frame, as after a kill."""

    start: int
    end: int
    torn: bool


def read_frames(data: bytes) -> Iterator[Frame | Hole]:
    """Everything in `data`, in order, until its end."""
    view, at = memoryview(data), 0
    while at < len(data):
        frame = _frame_at(view, at)
        if frame is None:
            after = _next_frame(data, view, at + 1)
            torn = after == len(data) and _is_torn(view, at)
            yield Hole(at, after, torn)
            at = after
        else:
            yield frame
            at = frame.end


def decode(payload: memoryview, decoder: "msgspec.msgpack.Decoder[Any]") -> Any:  # noqa: ANN401
    """What a frame's payload says; None where it is not what the decoder expects."""
    try:
        return decoder.decode(payload)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None


def _frame_at(view: memoryview, at: int) -> Frame | None:
    if at + HEAD.size > len(view):
        return None
    mark, length, check, kind = HEAD.unpack_from(view, at)
    body = at + HEAD.size
    if mark != MARK or kind >= len(_SEEDS) or body + length > len(view):
        return None
    payload = view[body : body + length]
    return Frame(kind, payload, body + length) if crc32(payload, _SEEDS[kind]) == check else None


def _next_frame(data: bytes, view: memoryview, at: int) -> int:
    """Where the next whole frame begins, or the end of the data."""
    while (at := data.find(MARK, at)) >= 0:
        if _frame_at(view, at) is not None:
            return at
        at += 1
    return len(data)


def _is_torn(view: memoryview, at: int) -> bool:
    """Whether a frame that is right as far as it goes begins here and runs past the end."""
    if at + HEAD.size > len(view):
        return bytes(view[at : at + len(MARK)]) == MARK[: len(view) - at]
    mark, length, _, kind = HEAD.unpack_from(view, at)
    return bool(mark == MARK and kind < len(_SEEDS) and at + HEAD.size + length > len(view))
